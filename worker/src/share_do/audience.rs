//! Who stars a share and how many have seen it: exact, in the object's own SQLite. Pure over [`Table`]; called by `object`.
//!
//! **Stars** are rows, one for each user, so that the count is the number of rows and cannot drift. A row is the user's plain
//! `sub`: it belongs to an account of the main app that pressed a button, has to be found again when the button is pressed
//! once more, and must be removable by name when the account is. A hash under a secret kept in the same storage would hide
//! it from nobody.
//!
//! **Views** are counted once for each reader and day (UTC), and nobody can find out later who read. What is stored of a
//! reader is 16 bytes of an HMAC over what is known of it, under a salt of 32 random bytes that the object makes for the
//! day. Addresses are few enough to try all of them, so without the salt nothing is hidden: it never leaves the object, and
//! goes with the day's rows when the day is over ([`Audience::close`], by the object's alarm; else by the next view). After
//! that a number is left. The same reader on two days, or at two shares, has nothing in common that could be compared.
//!
//! **How large it grows.** A star is one row for as long as it stands. A view is one row of about 60 bytes until midnight. A flood
//! of made-up readers fills one day, up to [`READERS_MAX`], and what comes then is not counted; midnight removes them. It is
//! the gateway's rate limit that makes a flood slow; that one machine can pass for several readers (by other names of its
//! browser) is the price of keeping no account of anybody.

use crate::sql::{SqlError, Table};
use hmac::{Hmac, KeyInit as _, Mac as _};
pub(crate) use vitrine_protocol::api::Counters;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// As many readers as one day has: about 60 MB of rows, of the 10 GB that an object may hold.
const READERS_MAX: i64 = 1_000_000;

/// Half of the hash: two of a million readers agree by chance once in 10^26 days.
const KEY_BYTES: usize = 16;

const SALT_BYTES: usize = 32;

/// What makes the tables. `number` counts the readers of a day, so that their count is one look at the index's end and a
/// view one statement: it is counted when, and only when, its row is there.
const SCHEMA: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS star (user TEXT PRIMARY KEY) WITHOUT ROWID",
    // One row: the day that is being counted, its salt, and the views of all days before.
    "CREATE TABLE IF NOT EXISTS view_day (one INTEGER PRIMARY KEY CHECK (one = 1), day INTEGER NOT NULL, \
     salt BLOB NOT NULL, past INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS view_reader (day INTEGER NOT NULL, number INTEGER NOT NULL, key BLOB NOT NULL, \
     PRIMARY KEY (day, number), UNIQUE (day, key)) WITHOUT ROWID",
];

/// Who reads.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reader {
    /// Somebody who is signed in: the token's `sub`.
    User(String),
    /// Somebody who is not, as far as can be told apart.
    Anonymous { address: String, agent: String },
}

impl Reader {
    /// As bytes, of which no two readers have the same: no address and no header's value has a NUL.
    fn text(&self) -> String {
        match self {
            Self::User(user) => format!("user\0{user}"),
            Self::Anonymous { address, agent } => format!("anonymous\0{address}\0{agent}"),
        }
    }

    /// What is kept of it for a day.
    fn key(&self, salt: &[u8]) -> Vec<u8> {
        let mut mac = <Hmac<sha2::Sha256>>::new_from_slice(salt).expect("HMAC takes keys of any length");
        mac.update(self.text().as_bytes());
        mac.finalize().into_bytes()[..KEY_BYTES].to_vec()
    }
}

/// Why counting failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AudienceError {
    #[error("the share's counters could not be read or written")]
    Sql(#[from] SqlError),
    #[error("there is no randomness for the day's salt")]
    Random(#[source] getrandom::Error),
}

/// The audience of one share.
pub(crate) struct Audience<'a, T> {
    table: &'a T,
}

impl<'a, T: Table> Audience<'a, T> {
    /// Over tables that [`Audience::open`] has made: making them is most of what a counter would cost.
    pub(crate) fn over(table: &'a T) -> Self {
        Self { table }
    }

    /// Opens the tables, and makes them where there are none.
    pub(crate) fn open(table: &'a T) -> Result<Self, AudienceError> {
        SCHEMA.iter().try_for_each(|statement| table.run(statement, &[]).map(|_| ()))?;
        Ok(Self { table })
    }

    /// Stars the share for a user, or takes the star back; as often as one likes.
    pub(crate) fn star(&self, user: &str, starred: bool) -> Result<Counters, AudienceError> {
        let statement = if starred {
            "INSERT INTO star (user) VALUES (?) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM star WHERE user = ?"
        };
        self.table.run(statement, &[user.into()])?;
        self.counters(Some(user))
    }

    /// The counters, as a user sees them, or somebody who is not signed in.
    pub(crate) fn counters(&self, user: Option<&str>) -> Result<Counters, AudienceError> {
        let row = self.table.one(
            "SELECT (SELECT COUNT(*) FROM star) AS stars, EXISTS (SELECT 1 FROM star WHERE user = ?) AS starred, \
             COALESCE((SELECT past + COALESCE((SELECT MAX(number) FROM view_reader AS r WHERE r.day = d.day), 0) \
             FROM view_day AS d), 0) AS views",
            &[user.into()],
        )?;
        Ok(Counters {
            stars: row.count("stars")?,
            views: row.count("views")?,
            starred: row.integer("starred")? != 0,
        })
    }

    /// Counts a view at a time in milliseconds; `false` when that reader was counted that day already, or the day is full.
    pub(crate) fn view(&self, reader: &Reader, now: i64) -> Result<bool, AudienceError> {
        let (day, salt) = self.day(now)?;
        let inserted = self.table.run(
            "INSERT INTO view_reader (day, number, key) SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2 FROM view_reader \
             WHERE day = ?1 HAVING COALESCE(MAX(number), 0) < ?3 ON CONFLICT (day, key) DO NOTHING RETURNING number",
            &[day.into(), reader.key(&salt).into(), READERS_MAX.into()],
        )?;
        Ok(!inserted.is_empty())
    }

    /// Ends the day when it is over: its rows and its salt go, its number stays. Answers when to come again, in
    /// milliseconds; `None` when there is nothing that will have to go.
    pub(crate) fn close(&self, now: i64) -> Result<Option<i64>, AudienceError> {
        let kept = "SELECT day FROM view_reader ORDER BY day DESC LIMIT 1";
        if self.table.run(kept, &[])?.is_empty() {
            return Ok(None);
        }
        let (day, _) = self.day(now)?;
        let left = self.table.run(kept, &[])?;
        Ok((!left.is_empty()).then_some((day + 1) * DAY_MS))
    }

    /// The day that is counted now, and its salt. A clock that has gone back counts into the day that it was.
    fn day(&self, now: i64) -> Result<(i64, Vec<u8>), AudienceError> {
        let today = now.div_euclid(DAY_MS);
        let known = self.table.run("SELECT day, salt FROM view_day", &[])?;
        if let Some(row) = known.first()
            && row.integer("day")? >= today
        {
            return Ok((row.integer("day")?, row.blob("salt")?.to_vec()));
        }
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(AudienceError::Random)?;
        // One statement takes the old day's number over and makes the new day, so that no failure counts a day twice. The
        // rows that are left if the next one fails count for nothing, and go with the day after.
        self.table.run(
            "INSERT INTO view_day (one, day, salt, past) VALUES (1, ?, ?, 0) ON CONFLICT (one) DO UPDATE SET \
             past = past + COALESCE((SELECT MAX(number) FROM view_reader WHERE view_reader.day = view_day.day), 0), \
             day = excluded.day, salt = excluded.salt",
            &[today.into(), salt.to_vec().into()],
        )?;
        self.table.run("DELETE FROM view_reader WHERE day <> ?", &[today.into()])?;
        Ok((today, salt.to_vec()))
    }
}

#[cfg(test)]
mod tests;
