//! What happened to a share, for those who watch and for those who come back: numbered, and kept for a while. Pure over
//! [`Table`]; called by `keeper`.

use crate::failure::Failure;
use crate::sql::{SqlError, Table};
use serde::{Deserialize, Serialize};
use vitrine_protocol::ErrorCode;
use vitrine_protocol::api::Happening;

/// How many are kept: a day of busy publishing.
const KEPT: i64 = 256;

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", &error)
    }
}

/// Makes the table.
pub(crate) fn open(table: &impl Table) -> Result<(), SqlError> {
    let make = "CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, \
                what TEXT NOT NULL, for_writers INTEGER NOT NULL)";
    table.run(make, &[]).map(|_| ())
}

/// Whether only those who may write the share's project hear of it.
fn is_for_writers(what: &Happening) -> bool {
    matches!(what, Happening::Job(_) | Happening::Progress(_))
}

/// A message on its way: its text, and who hears it. The object never reads what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// `"event": …, "data": …`, without the braces.
    what: String,
    pub(crate) for_writers: bool,
}

impl Message {
    pub(crate) fn new(what: &Happening) -> Self {
        let text = serde_json::to_string(what).unwrap_or_default();
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
        Self { what: inner.to_owned(), for_writers: is_for_writers(what) }
    }

    /// As [`vitrine_protocol::api::ShareEvent`].
    pub(crate) fn text(&self, id: u64, at: i64) -> String {
        format!("{{\"id\":{id},\"at\":{at},{}}}", self.what)
    }
}

/// Keeps a message, and gives its number.
pub(crate) fn keep(table: &impl Table, message: &Message, now: i64) -> Result<u64, Failure> {
    let row = table.one(
        "INSERT INTO event (at, what, for_writers) VALUES (?, ?, ?) RETURNING id",
        &[now.into(), message.what.as_str().into(), i64::from(message.for_writers).into()],
    )?;
    let id = row.count("id")?;
    table.run("DELETE FROM event WHERE id <= (SELECT MAX(id) FROM event) - ?", &[KEPT.into()])?;
    Ok(id)
}

/// What a client hears first: the greeting, and, when it names the last event that it has, what it missed.
pub(crate) fn welcome(
    table: &impl Table,
    since: Option<u64>,
    is_writer: bool,
    now: i64,
) -> Result<Vec<String>, Failure> {
    let ends = table.one(
        "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) AS last, \
         COALESCE((SELECT MIN(id) FROM event), 0) AS first",
        &[],
    )?;
    let (first, last) = (ends.count("first")?, ends.count("last")?);
    // A number that was never given out is another share's, or from before this storage: nothing is known to follow it.
    let complete =
        since.is_none_or(|since| since == last || (since < last && first > 0 && since + 1 >= first));
    let hello = Message::new(&Happening::Hello { last_event_id: last, complete });
    let mut events = vec![hello.text(0, now)];
    if let Some(since) = since.filter(|_| complete) {
        let since = i64::try_from(since).unwrap_or(i64::MAX);
        let rows = table.run("SELECT * FROM event WHERE id > ? ORDER BY id", &[since.into()])?;
        for row in &rows {
            let for_writers = row.integer("for_writers")? != 0;
            let message = Message { what: row.text("what")?.to_owned(), for_writers };
            if is_writer || !for_writers {
                events.push(message.text(row.count("id")?, row.integer("at")?));
            }
        }
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::native::Native;
    use vitrine_protocol::api::{JobKind, JobRecord, JobState, ShareEvent};
    use vitrine_protocol::{JobId, ShareId};

    fn table() -> Native {
        let table = Native::new();
        open(&table).unwrap();
        table
    }

    fn job() -> Happening {
        Happening::Job(Box::new(JobRecord {
            job_id: JobId::from_parts(1, [0; 10]),
            kind: JobKind::Publish,
            share_id: ShareId::from_random('e', [1; 25]).unwrap(),
            project_id: "p".parse().unwrap(),
            host_id: None,
            state: JobState::Queued,
            attempt: 0,
            cancel_requested: false,
            progress: None,
            result: None,
            error: None,
            created_at: 1,
            started_at: None,
            heartbeat_at: None,
            finished_at: None,
        }))
    }

    fn read(events: &[String]) -> Vec<ShareEvent> {
        events.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    fn ids(events: &[String]) -> Vec<u64> {
        read(events).iter().map(|event| event.id).collect()
    }

    fn add(table: &Native, what: &Happening) {
        keep(table, &Message::new(what), 6).unwrap();
    }

    #[test]
    fn who_comes_back_gets_what_was_missed() {
        let table = table();
        let hello = welcome(&table, None, true, 5).unwrap();
        assert_eq!(read(&hello)[0].what, Happening::Hello { last_event_id: 0, complete: true });
        for _ in 0..3 {
            add(&table, &Happening::Updated);
        }
        assert_eq!(ids(&welcome(&table, Some(1), true, 7).unwrap()), [0, 2, 3]);
        assert_eq!(
            ids(&welcome(&table, None, true, 7).unwrap()),
            [0],
            "a new client asks for the state itself"
        );
        let other = welcome(&table, Some(9), true, 7).unwrap();
        assert_eq!(read(&other)[0].what, Happening::Hello { last_event_id: 3, complete: false });
    }

    #[test]
    fn old_ones_go_and_the_client_is_told() {
        let table = table();
        for _ in 0..300 {
            add(&table, &Happening::Updated);
        }
        let complete = |since| match read(&welcome(&table, Some(since), true, 7).unwrap())[0].what {
            Happening::Hello { complete, .. } => complete,
            _ => panic!("no greeting"),
        };
        assert!(!complete(43) && complete(44) && complete(300) && !complete(0));
        assert_eq!(welcome(&table, Some(44), true, 7).unwrap().len(), 257);
    }

    #[test]
    fn readers_hear_nothing_of_jobs() {
        let table = table();
        add(&table, &job());
        add(&table, &Happening::Updated);
        assert_eq!(ids(&welcome(&table, Some(0), false, 7).unwrap()), [0, 2]);
        assert_eq!(ids(&welcome(&table, Some(0), true, 7).unwrap()), [0, 1, 2]);
    }
}
