//! Finding shares: one by its id, many by words, project or owner.

use super::super::caller::Caller;
use super::super::query::{Query, cursor};
use super::super::world::World;
use super::super::{Control, invalid};
use super::row::{ShareRow, no_share};
use crate::database::{Database as _, Statement, Value, sql, to_json};
use crate::failure::Failure;
use crate::reply::Reply;
use std::fmt::Write as _;
use vitrine_protocol::api::ShareList;
use vitrine_protocol::{Handle, ProjectId, ShareId};

/// Longer queries are somebody's essay.
const QUERY_BYTES_MAX: usize = 200;

/// How a list is sorted: the column, whose index the database walks along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Newest,
    Stars,
    Views,
}

impl std::str::FromStr for Sort {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "newest" => Ok(Self::Newest),
            "stars" => Ok(Self::Stars),
            "views" => Ok(Self::Views),
            _ => Err("it is `newest`, `stars` or `views`"),
        }
    }
}

impl Sort {
    fn column(self) -> &'static str {
        match self {
            Self::Newest => "published_at",
            Self::Stars => "stars",
            Self::Views => "views",
        }
    }

    fn of(self, row: &ShareRow) -> i64 {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        match self {
            Self::Newest => row.published_at,
            Self::Stars => count(row.stars),
            Self::Views => count(row.views),
        }
    }
}

/// Turns words into a query of FTS5: each word is a string of its syntax, so that nothing in it is an operator; the last may be
/// a beginning. `None` when there is no word in it.
fn words(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(16);
    let mut quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
    let last = quoted.last_mut()?;
    last.push('*');
    Some(quoted.join(" "))
}

impl<W: World> Control<'_, W> {
    /// `GET shares/{id}`. To whoever may know of the share: those who may write its project, or read it.
    pub(in crate::control) async fn get_share(&self, caller: &Caller, id: &str) -> Result<Reply, Failure> {
        let share: ShareId = id.parse().map_err(|_| Failure::share_not_found())?;
        let row = self.share_row(share).await?.filter(|row| row.may_see(caller));
        Ok(Reply::json(200, &row.ok_or_else(|| no_share(share))?.record_for(self, caller)))
    }

    /// `GET shares`. Shows public shares to all, `authenticated` ones to users, those of an organisation to its members, and
    /// every share of a project to those who may write it. What has no snapshot yet, or is unlisted, only the latter see.
    pub(in crate::control) async fn list_shares(
        &self,
        caller: &Caller,
        query: &Query,
    ) -> Result<Reply, Failure> {
        let sort = query.parse::<Sort>("sort")?.unwrap_or(Sort::Newest);
        let limit = query.limit()?;
        let text = query.get("query").unwrap_or_default();
        if text.len() > QUERY_BYTES_MAX {
            return Err(invalid("query", format!("It has more than {QUERY_BYTES_MAX} bytes.")));
        }
        let search = words(text);
        if search.is_none() && !text.is_empty() {
            return Ok(Reply::json(200, &ShareList { shares: Vec::new(), cursor: None }));
        }
        let statement = statement(caller, query, sort, search, limit)?;
        let mut rows: Vec<ShareRow> = self.world.db().rows(statement).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|row| cursor(sort.of(row), row.share_id));
        let shares = rows.into_iter().map(|row| row.record_for(self, caller)).collect();
        Ok(Reply::json(200, &ShareList { shares, cursor: next }))
    }
}

/// One page. Visibility is part of the query, so that pages are full and nothing else is read.
fn statement(
    caller: &Caller,
    query: &Query,
    sort: Sort,
    search: Option<String>,
    limit: u32,
) -> Result<Statement, Failure> {
    let state = query.get("state").unwrap_or("active");
    if !matches!(state, "active" | "suspended" | "deleted") {
        return Err(invalid("state", "It is `active`, `suspended` or `deleted`."));
    }
    let project: Option<ProjectId> = query.parse("project_id")?;
    let owner: Option<Handle> = query.parse("owner")?;
    let (user, orgs, projects) = match caller {
        Caller::User(claims) => (true, to_json(&claims.org_ids), to_json(&claims.projects)),
        _ => (false, Value::from("[]"), Value::from("[]")),
    };
    let column = sort.column();
    // The planner has no statistics here, and would walk along the order past everybody else's shares.
    let index = match (&project, &owner) {
        (Some(_), _) => " INDEXED BY shares_by_project",
        (None, Some(_)) => " INDEXED BY shares_by_owner",
        (None, None) => "",
    };
    let mut sql = format!("SELECT shares.* FROM shares{index} WHERE state = ?1");
    let mut values = vec![Value::from(state), user.into(), orgs, projects, Value::from(caller.is_service())];
    let mut bind = |value: Value| {
        values.push(value);
        values.len()
    };
    // Whoever may write sees all; others what has a snapshot and is theirs to read.
    sql.push_str(
        " AND (?5 OR project_id IN (SELECT value FROM json_each(?4)) OR (state = 'active' AND published_at > 0 \
         AND (scope = 'public' OR (?2 AND scope = 'authenticated') \
         OR (scope = 'org' AND org_id IN (SELECT value FROM json_each(?3))))))",
    );
    if let Some(project) = &project {
        let _ = write!(sql, " AND project_id = ?{}", bind(project.into()));
    }
    if let Some(owner) = &owner {
        let _ = write!(sql, " AND owner = ?{}", bind(owner.into()));
    }
    if let Some(search) = search {
        // The folder's path is for those who may write it.
        let shown = bind(format!("{{title description}} : ({search})").into());
        let all = bind(search.into());
        let _ = write!(
            sql,
            " AND (row IN (SELECT rowid FROM shares_text WHERE shares_text MATCH ?{shown}) \
             OR ((?5 OR project_id IN (SELECT value FROM json_each(?4))) \
             AND row IN (SELECT rowid FROM shares_text WHERE shares_text MATCH ?{all})))"
        );
    }
    if let Some((at, last)) = query.cursor()? {
        // By the share's id: the number of its row says how many shares there are.
        let last: ShareId =
            last.parse().map_err(|_| invalid("cursor", "It is not what an answer's `cursor` was."))?;
        let (at, last) = (bind(at.into()), bind(last.into()));
        let _ = write!(
            sql,
            " AND ({column}, row) < (?{at}, (SELECT row FROM shares AS last WHERE last.share_id = ?{last}))"
        );
    }
    let limit = bind(Value::from(limit + 1));
    let _ = write!(sql, " ORDER BY {column} DESC, row DESC LIMIT ?{limit}");
    Ok(sql!(sql).with(values))
}

impl Statement {
    fn with(self, values: Vec<Value>) -> Self {
        Self { values, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_words_and_nothing_else() {
        for (text, expected) in [
            ("linear alg", Some("\"linear\" \"alg\"*")),
            ("  a\"b OR (c* NEAR -d:", Some("\"a\" \"b\" \"OR\" \"c\" \"NEAR\" \"d\"*")),
            ("Übung 1", Some("\"Übung\" \"1\"*")),
            ("\"*()", None),
            ("", None),
        ] {
            assert_eq!(words(text).as_deref(), expected, "{text}");
        }
    }
}
