//! Creating shares.

use super::Control;
use super::db::{Db, NewShare};
use crate::edge::{bucket_of, now_ms, random};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{PutIf, Store as _};
use vitrine_protocol::api::CreateShare;
use vitrine_protocol::limits::{DESCRIPTION_MAX, FORMAT_VERSION, LICENSE_MAX, PATH_BYTES_MAX, TITLE_MAX};
use vitrine_protocol::token::ApiClaims;
use vitrine_protocol::{EntryPath, ErrorCode, Meta, ObjectKey, ProjectId, Scope, ShareId, State};

impl Control<'_> {
    /// `POST shares/create`. Allowed to those who may write the project.
    ///
    /// 1. The fields are valid: 400, naming the field. 2. The caller may write the project: 403. 3. The same idempotency
    ///    key gives the same share: 200. 4. `meta.json` first, then the row, so that a listed share can be opened: 201.
    pub(super) async fn create_share(
        &self,
        caller: &ApiClaims,
        asked: CreateShare,
    ) -> Result<Reply, Failure> {
        let wanted = check(caller, asked)?;
        let db = Db::open(self.env)?;
        if let Some(key) = &wanted.idempotency_key
            && let Some(row) = db.share_by_key(&wanted.project_id, key).await?
        {
            return Ok(Reply::json(200, &row.record(self)));
        }
        let share = ShareId::from_random(self.config.default_region, random()?)
            .ok_or_else(|| Failure::new(ErrorCode::Internal, "The default region has no valid code."))?;
        let now = now_ms();
        let meta = Meta {
            version: FORMAT_VERSION,
            share_id: share,
            scope: wanted.scope,
            org_id: wanted.org_id.clone(),
            state: State::Active,
            title: wanted.title.clone(),
            description: wanted.description.clone(),
            license: wanted.license.clone(),
            indexing_opt_in: wanted.indexing_opt_in,
            tokens_valid_after: 0,
            updated_at: now,
        };
        let store = bucket_of(self.env, self.config, share)?;
        if !store.put(ObjectKey::meta(share), meta.to_json(), PutIf::Absent).await? {
            return Err(Failure::new(ErrorCode::Internal, "Two shares drew the same name. Try again."));
        }
        db.insert_share(share, &wanted, &caller.sub, now).await?;
        let row = db
            .share(share)
            .await?
            .ok_or_else(|| Failure::new(ErrorCode::Internal, "The new share's row is gone."))?;
        Ok(Reply::json(201, &row.record(self)))
    }
}

fn invalid(field: &str, detail: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, detail).field(field)
}

/// Checks what was asked for against what the caller may have.
fn check(caller: &ApiClaims, asked: CreateShare) -> Result<NewShare, Failure> {
    let project_id: ProjectId = match (asked.project_id, caller.projects.as_slice()) {
        (Some(project), _) => project,
        (None, [only]) => only.parse().map_err(|error| invalid("project_id", format!("{error}.")))?,
        (None, _) => {
            return Err(invalid(
                "project_id",
                "The token does not name exactly one project, so the request must name one.",
            ));
        }
    };
    if !caller.may_write(project_id.as_str()) {
        return Err(Failure::new(
            ErrorCode::Forbidden,
            format!("The token may not write the project `{project_id}`."),
        ));
    }
    let path = EntryPath::parse(&asked.path)
        .map_err(|error| invalid("path", format!("The path is not valid: {error}.")))?;
    let within = |field: &str, text: Option<String>, max: usize| match text {
        Some(text) if field != "description" && text.chars().any(char::is_control) => {
            Err(invalid(field, "It has control characters."))
        }
        Some(text) if text.len() > max => Err(invalid(field, format!("It has more than {max} bytes."))),
        text => Ok(text),
    };
    let default_title = path.name().map_or_else(|| project_id.to_string(), ToString::to_string);
    let scope = asked.scope.unwrap_or(Scope::Unlisted);
    if (scope == Scope::Org) != asked.org_id.is_some() {
        return Err(invalid("org_id", "An organisation goes with the scope `org`, and only with it."));
    }
    Ok(NewShare {
        title: within("title", asked.title, TITLE_MAX)?.unwrap_or(default_title),
        description: within("description", asked.description, DESCRIPTION_MAX)?.unwrap_or_default(),
        license: within("license", asked.license, LICENSE_MAX)?.unwrap_or_default(),
        idempotency_key: within("idempotency_key", asked.idempotency_key, 128)?,
        path: within("path", Some(path.to_string()), PATH_BYTES_MAX)?.unwrap_or_default(),
        org_id: within("org_id", asked.org_id, 128)?,
        indexing_opt_in: asked.indexing_opt_in,
        project_id,
        scope,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(projects: &[&str]) -> ApiClaims {
        ApiClaims {
            iss: "i".into(),
            aud: "a".into(),
            sub: "u".into(),
            org_ids: Vec::new(),
            projects: projects.iter().map(ToString::to_string).collect(),
            roles: Vec::new(),
        }
    }

    #[test]
    fn defaults_come_from_the_token_and_the_path() {
        let new =
            check(&caller(&["p"]), CreateShare { path: "notes/week 1".into(), ..CreateShare::default() })
                .unwrap();
        assert_eq!(
            (new.project_id.as_str(), new.title.as_str(), new.scope),
            ("p", "week 1", Scope::Unlisted)
        );
        let root = check(&caller(&["p"]), CreateShare::default()).unwrap();
        assert_eq!(root.title, "p");
    }

    #[test]
    fn each_refusal_names_its_field() {
        let ask = CreateShare::default;
        for (projects, asked, code, field) in [
            (&[][..], ask(), "invalid_request", Some("project_id")),
            (&["p", "q"], ask(), "invalid_request", Some("project_id")),
            (&["p"], CreateShare { project_id: Some("q".parse().unwrap()), ..ask() }, "forbidden", None),
            (&["p"], CreateShare { path: "../x".into(), ..ask() }, "invalid_request", Some("path")),
            (&["p"], CreateShare { title: Some("x".repeat(301)), ..ask() }, "invalid_request", Some("title")),
            (
                &["p"],
                CreateShare { title: Some("a\u{1b}[31m".into()), ..ask() },
                "invalid_request",
                Some("title"),
            ),
            (&["p"], CreateShare { scope: Some(Scope::Org), ..ask() }, "invalid_request", Some("org_id")),
            (&["p"], CreateShare { org_id: Some("o".into()), ..ask() }, "invalid_request", Some("org_id")),
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
