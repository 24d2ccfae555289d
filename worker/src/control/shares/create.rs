//! Creating shares.

use super::super::caller::{Caller, forbidden};
use super::super::world::World;
use super::super::{Control, fingerprint, invalid, line, several_lines};
use super::row::ShareRow;
use crate::database::{Database as _, DatabaseError, Statement, read, sql};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{PutIf, Store as _};
use serde::Deserialize;
use vitrine_protocol::api::CreateShare;
use vitrine_protocol::limits::{
    DESCRIPTION_MAX, FORMAT_VERSION, KEY_BYTES_MAX, LICENSE_MAX, PATH_BYTES_MAX, TITLE_MAX,
};
use vitrine_protocol::{EntryPath, ErrorCode, Handle, Meta, ObjectKey, ProjectId, Scope, ShareId, State};

/// What a new share's row says.
#[derive(Debug)]
struct NewShare {
    project_id: ProjectId,
    path: String,
    title: String,
    description: String,
    license: String,
    scope: Scope,
    org_id: Option<String>,
    indexing_opt_in: bool,
    human: Option<(Handle, Handle)>,
    idempotency_key: Option<String>,
    request_hash: String,
}

/// What the lists know that a new share depends on.
struct Known {
    /// The share that the idempotency key has made.
    made: Option<ShareRow>,
    /// Whether another share has the slug.
    taken: bool,
    /// The region of the project's host.
    region: Option<char>,
}

impl<W: World> Control<'_, W> {
    /// `POST shares/create`. Allowed to those who may write the project.
    ///
    /// 1. The fields are valid: 400, naming the field. 2. The caller may write the project: 403. 3. The same idempotency
    ///    key gives the same share: 200; for another request: 409. 4. The slug is free: 409 `slug_taken`. 5. `meta.json` first,
    ///    then the row, so that a listed share can be opened: 201.
    pub(in crate::control) async fn create_share(
        &self,
        caller: &Caller,
        asked: CreateShare,
    ) -> Result<Reply, Failure> {
        let wanted = check(caller, asked)?;
        match self.create(caller, &wanted).await {
            // The same request came twice at once: this time it is found.
            Err(failure)
                if failure.problem.is(ErrorCode::StoreUnavailable) && wanted.idempotency_key.is_some() =>
            {
                self.create(caller, &wanted).await
            }
            other => other,
        }
    }

    async fn create(&self, caller: &Caller, wanted: &NewShare) -> Result<Reply, Failure> {
        let known = self.known(wanted).await?;
        if let Some(row) = known.made {
            if row.request_hash.as_ref() == Some(&wanted.request_hash) {
                return Ok(Reply::json(200, &row.record(self)));
            }
            let detail = format!("It made the share `{}`, which is another.", row.share_id);
            return Err(Failure::new(ErrorCode::IdempotencyConflict, detail).field("idempotency_key"));
        }
        if known.taken {
            return Err(slug_taken());
        }
        let share = self.new_id(known.region)?;
        let now = self.world.now_ms();
        let meta = meta_of(share, wanted, now);
        if !self.world.bucket(share)?.put(ObjectKey::meta(share), meta.to_json(), PutIf::Absent).await? {
            return Err(Failure::new(ErrorCode::Internal, "Two shares drew the same name. Try again."));
        }
        let row = self.insert_share(caller, share, wanted, now).await?;
        Ok(Reply::json(201, &row.record(self)))
    }

    async fn known(&self, wanted: &NewShare) -> Result<Known, Failure> {
        #[derive(Deserialize)]
        struct Region {
            region: char,
        }
        let key = wanted.idempotency_key.as_deref();
        let (owner, slug) = wanted.human.as_ref().map(|(owner, slug)| (owner, slug)).unzip();
        let mut answers = self
            .world
            .db()
            .batch(vec![
                sql!(
                    "SELECT * FROM shares WHERE project_id = ?1 AND idempotency_key = ?2",
                    &wanted.project_id,
                    key,
                ),
                sql!("SELECT share_id FROM slugs WHERE owner = ?1 AND slug = ?2", owner, slug),
                sql!(
                    "SELECT hosts.region AS region FROM projects JOIN hosts ON hosts.host_id = projects.host_id \
                     WHERE project_id = ?1",
                    &wanted.project_id,
                ),
            ])
            .await?;
        let region = answers.pop().unwrap_or_default().pop().map(read::<Region>).transpose()?;
        let taken = !answers.pop().unwrap_or_default().is_empty();
        let made = answers.pop().unwrap_or_default().pop().map(read).transpose()?;
        Ok(Known { made, taken, region: region.map(|row| row.region) })
    }

    /// A fresh id in the region of the project's host, so that bytes stay where they are made; in the default one without.
    fn new_id(&self, region: Option<char>) -> Result<ShareId, Failure> {
        let config = self.world.config();
        let region = region.filter(|code| config.regions.contains_key(code)).unwrap_or(config.default_region);
        ShareId::from_random(region, self.world.random()?)
            .ok_or_else(|| Failure::new(ErrorCode::Internal, "The region has no valid code."))
    }

    async fn insert_share(
        &self,
        caller: &Caller,
        share: ShareId,
        new: &NewShare,
        now: i64,
    ) -> Result<ShareRow, Failure> {
        let (owner, slug) = new.human.as_ref().map(|(owner, slug)| (owner, slug)).unzip();
        let insert = sql!(
            "INSERT INTO shares (share_id, project_id, path, title, description, license, scope, org_id, \
             indexing_opt_in, state, owner, slug, created_at, updated_at, created_by, idempotency_key, request_hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'active', ?10, ?11, ?12, ?12, ?13, ?14, ?15) RETURNING *",
            share,
            &new.project_id,
            new.path.as_str(),
            new.title.as_str(),
            new.description.as_str(),
            new.license.as_str(),
            new.scope,
            new.org_id.as_deref(),
            new.indexing_opt_in,
            owner,
            slug,
            now,
            caller.name(),
            new.idempotency_key.as_deref(),
            new.request_hash.as_str(),
        );
        let mut statements: Vec<Statement> =
            vec![insert, self.audit(caller, "shares/create", Some(share), &new.path)];
        statements.extend(new.human.as_ref().map(|(owner, slug)| take_slug(owner, slug, share, now)));
        // One transaction: a share without its record would stay so, as the retry finds the share.
        let answers = self.world.db().batch(statements).await.map_err(|error| match error {
            DatabaseError::Conflict(message) if message.contains("slugs") => slug_taken(),
            DatabaseError::Conflict(_) => {
                Failure::new(ErrorCode::StoreUnavailable, "The same request came twice at once. Try again.")
            }
            error => error.into(),
        })?;
        let row = answers.into_iter().flatten().next().map(read).transpose()?;
        row.ok_or_else(|| Failure::new(ErrorCode::Internal, "The new share's row is gone."))
    }
}

/// Gives a share a name for people.
pub(super) fn take_slug(owner: &Handle, slug: &Handle, share: ShareId, now: i64) -> Statement {
    let statement = "INSERT INTO slugs (owner, slug, share_id, created_at) VALUES (?1, ?2, ?3, ?4)";
    sql!(statement, owner, slug, share, now)
}

pub(super) fn slug_taken() -> Failure {
    Failure::new(ErrorCode::SlugTaken, "It leads to another share, now or since earlier.").field("slug")
}

fn meta_of(share_id: ShareId, wanted: &NewShare, now: i64) -> Meta {
    Meta {
        version: FORMAT_VERSION,
        share_id,
        scope: wanted.scope,
        org_id: wanted.org_id.clone(),
        state: State::Active,
        title: wanted.title.clone(),
        description: wanted.description.clone(),
        license: wanted.license.clone(),
        owner: wanted.human.as_ref().map(|(owner, _)| owner.clone()),
        slug: wanted.human.as_ref().map(|(_, slug)| slug.clone()),
        indexing_opt_in: wanted.indexing_opt_in,
        tokens_valid_after: 0,
        updated_at: now,
    }
}

/// Checks the organisation against the scope.
pub(super) fn access(scope: Scope, org_id: Option<String>) -> Result<(Scope, Option<String>), Failure> {
    let org_id = line("org_id", org_id, KEY_BYTES_MAX)?.filter(|org| !org.is_empty());
    if (scope == Scope::Org) != org_id.is_some() {
        return Err(invalid("org_id", "An organisation goes with the scope `org`, and only with it."));
    }
    Ok((scope, org_id))
}

/// Checks a path below a project.
pub(super) fn path(text: &str) -> Result<EntryPath, Failure> {
    if text.len() > PATH_BYTES_MAX {
        return Err(invalid("path", format!("It has more than {PATH_BYTES_MAX} bytes.")));
    }
    EntryPath::parse(text).map_err(|error| invalid("path", format!("The path is not valid: {error}.")))
}

/// A title is something to see.
pub(super) fn title(text: Option<String>) -> Result<Option<String>, Failure> {
    match line("title", text, TITLE_MAX)? {
        Some(text) if text.trim().is_empty() => Err(invalid("title", "It is empty.")),
        text => Ok(text),
    }
}

/// Whose slugs a name is among: a user's own, unless the caller acts for others.
pub(super) fn human(
    caller: &Caller,
    owner: Option<Handle>,
    slug: Option<Handle>,
) -> Result<Option<(Handle, Handle)>, Failure> {
    let Some(slug) = slug else {
        return match owner {
            Some(_) => Err(invalid("owner", "An owner goes with a `slug`.")),
            None => Ok(None),
        };
    };
    let own: Option<Handle> = caller.name().parse().ok();
    match owner.or_else(|| own.clone()) {
        None => Err(invalid(
            "owner",
            "The token's `sub` is no name for a URL, so the request must name an owner.",
        )),
        Some(owner) if caller.is_service() || Some(&owner) == own.as_ref() => Ok(Some((owner, slug))),
        Some(owner) => Err(forbidden(format!("The token may not name shares of `{owner}`.")).field("owner")),
    }
}

/// Checks what was asked for against what the caller may have.
fn check(caller: &Caller, asked: CreateShare) -> Result<NewShare, Failure> {
    let request_hash = fingerprint(&asked);
    let projects = caller.user()?.projects.as_slice();
    let project_id: ProjectId = match (asked.project_id, projects) {
        (Some(project), _) => project,
        (None, [only]) => only.parse().map_err(|error| invalid("project_id", format!("{error}.")))?,
        (None, _) => {
            return Err(invalid(
                "project_id",
                "The token does not name exactly one project, so the request must name one.",
            ));
        }
    };
    if !caller.may_write(&project_id) {
        return Err(forbidden(format!("The token may not write the project `{project_id}`.")));
    }
    let path = path(&asked.path)?;
    let title = path.name().map_or_else(|| project_id.to_string(), ToString::to_string);
    let (scope, org_id) = access(asked.scope.unwrap_or(Scope::Unlisted), asked.org_id)?;
    Ok(NewShare {
        title: self::title(asked.title)?.unwrap_or(title),
        description: several_lines("description", asked.description, DESCRIPTION_MAX)?.unwrap_or_default(),
        license: line("license", asked.license, LICENSE_MAX)?.unwrap_or_default(),
        idempotency_key: line("idempotency_key", asked.idempotency_key, KEY_BYTES_MAX)?,
        human: human(caller, asked.owner, asked.slug)?,
        path: path.to_string(),
        indexing_opt_in: asked.indexing_opt_in,
        project_id,
        scope,
        org_id,
        request_hash,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::token::ApiClaims;

    fn caller(projects: &[&str]) -> Caller {
        Caller::User(ApiClaims {
            iss: "i".into(),
            aud: "a".into(),
            sub: "u".into(),
            org_ids: Vec::new(),
            projects: projects.iter().map(ToString::to_string).collect(),
            roles: Vec::new(),
        })
    }

    #[test]
    fn defaults_come_from_the_token_and_the_path() {
        let ask = CreateShare { path: "notes/week 1".into(), ..CreateShare::default() };
        let new = check(&caller(&["p"]), ask).unwrap();
        assert_eq!(
            (new.project_id.as_str(), new.title.as_str(), new.scope),
            ("p", "week 1", Scope::Unlisted)
        );
        assert_eq!(check(&caller(&["p"]), CreateShare::default()).unwrap().title, "p");
        let named = CreateShare { slug: Some("s".parse().unwrap()), ..CreateShare::default() };
        let (owner, slug) = check(&caller(&["p"]), named).unwrap().human.unwrap();
        assert_eq!((owner.as_str(), slug.as_str()), ("u", "s"));
    }

    #[test]
    fn each_refusal_names_its_field() {
        let ask = CreateShare::default;
        let text = |text: &str| Some(text.to_owned());
        for (projects, asked, code, field) in [
            (&[][..], ask(), "invalid_request", Some("project_id")),
            (&["p", "q"], ask(), "invalid_request", Some("project_id")),
            (&["p"], CreateShare { project_id: "q".parse().ok(), ..ask() }, "forbidden", None),
            (&["p"], CreateShare { path: "../x".into(), ..ask() }, "invalid_request", Some("path")),
            (
                &["p"],
                CreateShare { title: text(&"x".repeat(301)), ..ask() },
                "invalid_request",
                Some("title"),
            ),
            (&["p"], CreateShare { title: text("a\u{1b}[31m"), ..ask() }, "invalid_request", Some("title")),
            (
                &["p"],
                CreateShare { description: text("a\0"), ..ask() },
                "invalid_request",
                Some("description"),
            ),
            (&["p"], CreateShare { scope: Some(Scope::Org), ..ask() }, "invalid_request", Some("org_id")),
            (&["p"], CreateShare { org_id: text("o"), ..ask() }, "invalid_request", Some("org_id")),
            (
                &["p"],
                CreateShare { scope: Some(Scope::Org), org_id: text(""), ..ask() },
                "invalid_request",
                Some("org_id"),
            ),
            (&["p"], CreateShare { title: text(" "), ..ask() }, "invalid_request", Some("title")),
            (&["p"], CreateShare { owner: "u".parse().ok(), ..ask() }, "invalid_request", Some("owner")),
            (
                &["p"],
                CreateShare { owner: "v".parse().ok(), slug: "s".parse().ok(), ..ask() },
                "forbidden",
                Some("owner"),
            ),
        ] {
            let failure = check(&caller(projects), asked.clone()).unwrap_err();
            assert_eq!(
                (failure.problem.code.as_str(), failure.problem.field.as_deref()),
                (code, field),
                "{asked:?}"
            );
        }
    }
}
