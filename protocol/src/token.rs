//! The claims of the tokens (design §6). Signatures are the gateway's business; what the claims must say is here.

use crate::documents::Scope;
use crate::ids::ShareId;
use serde::{Deserialize, Serialize};

/// The audience of viewer tokens.
pub const VIEWER_AUDIENCE: &str = "vitrine-share";
/// The audience of API tokens.
pub const API_AUDIENCE: &str = "vitrine-api";
/// The audience of the tokens that hosts sign for themselves.
pub const HOST_AUDIENCE: &str = "vitrine-host";

/// What a viewer token says, beside the times that every token has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewerClaims {
    /// Who minted it.
    pub iss: String,
    /// [`VIEWER_AUDIENCE`].
    pub aud: String,
    /// The reader.
    pub sub: String,
    /// The one share it opens.
    pub share_id: ShareId,
    /// The scope that the minter believes the share to have.
    pub scope: Scope,
    /// The organisation the reader belongs to, for `org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// The token's own name.
    pub jti: String,
}

/// What an API token's holder may do beyond acting on its own projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// An operator.
    Admin,
    /// The main app itself, acting for any project.
    Service,
    /// A role of a newer server: allows nothing here.
    #[serde(other)]
    Unknown,
}

/// What an API token says, beside the times that every token has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiClaims {
    /// Who minted it.
    pub iss: String,
    /// [`API_AUDIENCE`].
    pub aud: String,
    /// The caller.
    pub sub: String,
    /// The organisations the caller belongs to.
    #[serde(default)]
    pub org_ids: Vec<String>,
    /// The projects the caller may write.
    #[serde(default)]
    pub projects: Vec<String>,
    /// What else the caller may do.
    #[serde(default)]
    pub roles: Vec<Role>,
}

impl ApiClaims {
    /// Whether the caller may create, change and publish shares of that project.
    pub fn may_write(&self, project: &str) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Admin | Role::Service))
            || self.projects.iter().any(|own| own == project)
    }
}

/// What a host's token says, beside `iat` and `exp`. The host signs it with its own Ed25519 key; the header's `kid` is the
/// host's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostClaims {
    /// [`HOST_AUDIENCE`].
    pub aud: String,
    /// The host's id, as in `kid`.
    pub sub: String,
    /// The token's own name.
    pub jti: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_projects_unless_a_role_allows_more() {
        let claims = |json: &str| serde_json::from_str::<ApiClaims>(json).unwrap();
        let own = claims(r#"{"iss":"i","aud":"vitrine-api","sub":"u","projects":["p"]}"#);
        assert!(own.may_write("p") && !own.may_write("q") && !own.may_write(""));
        assert!(claims(r#"{"iss":"i","aud":"a","sub":"u","roles":["service"]}"#).may_write("q"));
        assert!(!claims(r#"{"iss":"i","aud":"a","sub":"u","roles":["emperor"]}"#).may_write("q"));
    }
}
