//! Every call of the control API: its method, path, who may make it, and the shapes of its bodies. One table: the server
//! routes by it and checks the caller's kind by it, its tests walk it, and the OpenAPI document is made from it.

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes.
    Post,
}

impl Method {
    /// As it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Who may make a call. What a rule says of a share or a project is checked when that is known; a share that the caller may
/// not know of looks like one that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Anybody, with a token or without; the answer shows what the caller may see.
    Anyone,
    /// Whoever has an API token and may read the share.
    Reader,
    /// Whoever has an API token that may write the project.
    Writer,
    /// A writer of the share's project, or the host that has that project.
    Publisher,
    /// The role `service` or `admin`.
    Service,
    /// The role `admin`.
    Admin,
    /// An enrolled host, with a token it signed itself.
    Host,
    /// Whoever holds the enrolment token in the body.
    Enroller,
}

impl Rule {
    /// The rule in words, for the documents.
    pub fn words(self) -> &'static str {
        match self {
            Self::Anyone => "anybody; the answer shows what the caller may see",
            Self::Reader => "an API token whose holder may read the share",
            Self::Writer => "an API token that may write the project",
            Self::Publisher => "an API token that may write the project, or the host that has it",
            Self::Service => "an API token with the role `service` or `admin`",
            Self::Admin => "an API token with the role `admin`",
            Self::Host => "a host's own token",
            Self::Enroller => "whoever has the enrolment token",
        }
    }
}

/// The shape of a body, for the OpenAPI document.
#[cfg(feature = "schema")]
pub type Shape = fn(&mut schemars::SchemaGenerator) -> schemars::Schema;

/// One call.
#[derive(Clone, Copy)]
pub struct Call {
    /// Which.
    pub id: CallId,
    /// Its method.
    pub method: Method,
    /// Its path below `/api/v2/`; `{id}` stands for one segment.
    pub path: &'static str,
    /// Who may make it.
    pub rule: Rule,
    /// The status when it has done what was asked.
    pub status: u16,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Its query parameters.
    pub query: &'static [(&'static str, &'static str)],
    /// The shape of its request's body.
    #[cfg(feature = "schema")]
    pub request: Option<Shape>,
    /// The shape of its answer's body.
    #[cfg(feature = "schema")]
    pub response: Option<Shape>,
}

#[cfg(feature = "schema")]
macro_rules! shape {
    (-) => {
        None
    };
    ($body:ident) => {
        Some(|generator: &mut schemars::SchemaGenerator| generator.subschema_for::<crate::api::$body>())
    };
}

macro_rules! calls {
    ($($id:ident $method:ident $path:literal $rule:ident $request:tt => $status:literal $response:tt $summary:literal [$($name:literal $what:literal),*];)*) => {
        /// Every call by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum CallId {
            $(
                #[doc = $summary]
                $id,
            )*
        }

        /// All of them.
        pub const CALLS: &[Call] = &[$(
            Call {
                id: CallId::$id,
                method: Method::$method,
                path: $path,
                rule: Rule::$rule,
                status: $status,
                summary: $summary,
                query: &[$(($name, $what)),*],
                #[cfg(feature = "schema")]
                request: shape!($request),
                #[cfg(feature = "schema")]
                response: shape!($response),
            },
        )*];
    };
}

calls! {
    Health Get "health" Anyone - => 200 - "Whether the server answers." [];
    OpenApi Get "openapi.json" Anyone - => 200 - "This document." [];
    Jwks Get "jwks.json" Anyone - => 200 - "The public keys of viewer tokens that this server mints (RFC 7517)." [];
    SharesCreate Post "shares/create" Writer CreateShare => 201 ShareRecord "Creates a share for a path of a project." [];
    SharesUpdate Post "shares/update" Writer UpdateShare => 200 ShareRecord "Changes a share." [];
    SharesDelete Post "shares/delete" Writer NameShare => 200 ShareRecord "Withdraws a share; its content is collected after a grace period." [];
    SharesRestore Post "shares/restore" Writer NameShare => 200 ShareRecord "Takes a deletion back, until the content is collected." [];
    SharesIndexing Post "shares/indexing" Writer SetIndexing => 200 ShareRecord "Opts in or out of search engines." [];
    SharesList Get "shares" Anyone - => 200 ShareList "Browses and searches the shares that the caller may see." [
        "query" "Words that title, description or path must have; the last may be a beginning.",
        "sort" "`newest` (the default), `stars` or `views`.",
        "project_id" "Only shares of that project.",
        "owner" "Only shares among that owner's slugs.",
        "state" "`active` (the default), `suspended` or `deleted`; the latter two for writers of the project alone.",
        "limit" "How many to a page, 1 to 100; 20 when left out.",
        "cursor" "Where the last page ended."
    ];
    SharesGet Get "shares/{id}" Anyone - => 200 ShareRecord "One share." [];
    SharesPublish Post "shares/publish" Writer PublishShare => 202 JobRecord "Asks the project's host to publish the folder as it is now." [];
    SharesStatus Get "shares/status" Writer - => 200 JobRecord "One job: its state, progress and error." ["job" "The job's id."];
    SharesCancel Post "shares/cancel" Writer CancelJob => 200 JobRecord "Asks a job to stop." [];
    SharesCopy Post "shares/copy" Writer CopyShare => 202 JobRecord "Copies (part of) the published snapshot into a project." [];
    SharesViewerToken Post "shares/viewer-token" Reader MintViewerToken => 200 ViewerToken "A viewer token for a share that the caller may read." [];
    SharesStars Post "shares/stars" Reader StarShare => 200 Counters "Stars a share, or takes the star back." [];
    SharesCounter Post "shares/counter" Reader CountShare => 200 Counters "The exact counters; counts a view when asked to." [];
    SharesEvents Get "shares/{id}/events" Reader - => 101 - "Live events over a WebSocket." ["last_event_id" "The last event that the client has; later ones follow."];
    HostsInvite Post "hosts/invite" Admin InviteHost => 201 Invitation "Makes a one-time enrolment token for a new host." [];
    HostsEnroll Post "hosts/enroll" Enroller EnrollHost => 201 Enrolled "Gives a host's public key for its enrolment token." [];
    HostsRegister Post "hosts/register" Host HostReport => 200 HostOrders "A host's report over HTTP: keepalive, and jobs in return." [];
    HostsConnect Get "hosts/connect" Host - => 101 - "The same over a WebSocket." [];
    HostsReading Post "hosts/reading" Host ReadForJob => 200 ViewerToken "A viewer token for the share of a copy job that the host runs." [];
    HostsRevoke Post "hosts/revoke" Admin RevokeHost => 200 HostRecord "Turns a host's key away, and fails its jobs." [];
    HostsList Get "hosts" Service - => 200 HostList "The hosts." [
        "limit" "How many to a page, 1 to 100; 20 when left out.",
        "cursor" "Where the last page ended."
    ];
    ProjectsAssign Post "projects/assign" Service AssignProject => 200 ProjectRecord "Says which host has a project." [];
    ProjectsGet Get "projects/{id}" Publisher - => 200 ProjectRecord "Which host has a project." [];
    PublishBegin Post "publish/begin" Publisher BeginPublish => 200 Ticket "Asks for the lease of a share, and what a publish needs." [];
    PublishRenew Post "publish/renew" Publisher RenewPublish => 200 Renewed "The heartbeat of a publish; fresh credentials." [];
    PublishProgressed Post "publish/progress" Publisher PublishProgress => 200 - "How far a publish is, for those who watch." [];
    PublishCommit Post "publish/commit" Publisher CommitPublish => 200 Committed "Makes an uploaded manifest the current snapshot." [];
    PublishAbort Post "publish/abort" Publisher AbortPublish => 200 Aborted "Gives the lease back." [];
    AdminGc Post "admin/gc" Admin CollectGarbage => 200 Collected "Collects a share's garbage now." [];
    AdminSuspend Post "admin/suspend" Admin SuspendShare => 200 ShareRecord "Withholds a share, or serves it again." [];
    AdminRepublish Post "admin/republish" Admin RepublishShare => 202 JobRecord "Publishes a share anew, believing nothing of its base." [];
    AdminAudit Get "admin/audit" Admin - => 200 AuditList "What was done by whom, the newest first." [
        "share_id" "Only what was done to that share.",
        "limit" "How many to a page, 1 to 100; 20 when left out.",
        "cursor" "Where the last page ended."
    ];
    Metrics Get "metrics" Service - => 200 - "Metrics in Prometheus' text format." [];
}

/// A call that a request's path names, and the segment that stands for `{id}`.
pub fn find(path: &str) -> impl Iterator<Item = (&'static Call, Option<&str>)> {
    // Fixed paths win over `{id}`: `shares/status` is no share.
    let fixed = CALLS.iter().any(|call| call.path == path);
    CALLS.iter().filter_map(move |call| {
        if fixed {
            return (call.path == path).then_some((call, None));
        }
        let (before, after) = call.path.split_once("{id}")?;
        let id = path.strip_prefix(before)?.strip_suffix(after)?;
        (!id.is_empty() && !id.contains('/')).then_some((call, Some(id)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_calls() {
        let found = |path| find(path).map(|(call, id)| (call.id, id)).collect::<Vec<_>>();
        assert_eq!(found("shares/create"), [(CallId::SharesCreate, None)]);
        assert_eq!(found("shares/status"), [(CallId::SharesStatus, None)]);
        assert_eq!(found("shares/abc"), [(CallId::SharesGet, Some("abc"))]);
        assert_eq!(found("shares/abc/events"), [(CallId::SharesEvents, Some("abc"))]);
        assert_eq!(found("projects/p"), [(CallId::ProjectsGet, Some("p"))]);
        for nothing in ["", "shares/", "shares/a/b", "shares//events", "nonsense", "shares/create/"] {
            assert_eq!(found(nothing), [], "{nothing}");
        }
    }

    #[test]
    fn no_two_calls_share_a_path_and_method() {
        for (at, call) in CALLS.iter().enumerate() {
            assert!(!CALLS[..at].iter().any(|other| other.path == call.path && other.method == call.method));
        }
    }
}
