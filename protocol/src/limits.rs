//! Every number that two parts must agree on, with where it comes from.

/// The storage format this code reads and writes.
pub const FORMAT_VERSION: u64 = 1;

/// A directory's listing stays inside its parent's while its JSON is at most this long (design §3).
pub const INLINE_LISTING_MAX: usize = 16 * 1024;

/// Inline listings nest at most this deep: each level is three of JSON's, and readers (`serde_json` among them) stop at
/// 128. Deeper ones are stored, whatever their length.
pub const INLINE_DEPTH_MAX: usize = 16;

/// A directory of more entries than this is cut into pages: below it, one fetch of some 120 KB beats two.
pub const PAGED_DIR_MIN: usize = 1024;

/// A page breaks before a name whose hash is 0 modulo this, so that pages hold this many entries on average (some
/// 120 KB of JSON) and one added name moves at most one break.
pub const PAGE_BREAK_MODULUS: u32 = 512;

/// A page breaks here at the latest: eight times the average, which a hash misses once in some 3,000 pages.
pub const PAGE_ENTRIES_MAX: usize = 4096;

/// A page breaks, too, before its JSON passes this, because entries may carry inline listings of 16 KiB each.
pub const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// The pages of the path index have so many bytes on average, before they are compressed to about a quarter: some 4,000 paths. One
/// added path rewrites one of them, and the list of pages, 150 bytes for each, has some 40 KB for a million paths.
pub const INDEX_PAGE_TARGET: u64 = 64 * 1024;

/// A page of the path index has at most so many bytes: four times the average, which a hash misses once in 50 pages.
pub const INDEX_PAGE_BYTES_MAX: usize = 256 * 1024;

/// The paths of such a page, written out, have at most so many bytes: those of 60,000 files in one very deep folder could fill a
/// browser's memory.
pub const INDEX_PAGE_PATHS_MAX: usize = 8 * 1024 * 1024;

/// The list of the index's pages stays inside the manifest up to this many, which are some 16,000 paths: it comes with the
/// first page that a reader opens, and most never search.
pub const INDEX_PAGES_INLINE_MAX: usize = 4;

/// The inventory stays inside the manifest up to this many blobs (design §3).
pub const INLINE_BLOBS_MAX: usize = 4096;

/// The longest manifest a reader accepts. Inline inventory (4,096 rows of some 90 bytes) and an inline root listing
/// come to under 400 KiB; the rest is room for growth, and far under the 128 MB of a Worker's isolate.
pub const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The longest listing a reader accepts: pages end at [`PAGE_BYTES_MAX`], and one entry alone may pass that when it is
/// itself a directory of very many pages (10 million entries make some 3 MB of page references).
pub const LISTING_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The longest inventory outside a manifest: some 350,000 blobs of 90 bytes a row, in an isolate of 128 MB.
pub const INVENTORY_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// The longest `latest.json` or `meta.json` a reader accepts: descriptions are at most [`DESCRIPTION_MAX`] bytes.
pub const DOCUMENT_BYTES_MAX: u64 = 64 * 1024;

/// The most extents of one file, as any reader takes them: each is a read of the store, of which a Worker has some 10,000 for one request.
pub const EXTENTS_MAX: usize = 4096;

/// So many folders and links a tree may have without files, in a snapshot that does not say how many it has (older programs'
/// do not): the largest source trees have some 100,000 folders, and as many files.
pub const OTHERS_FREE: u64 = 100_000;

/// So many more for each file: caches that keep one file in three folders of its own, and links to it from everywhere, pass.
pub const OTHERS_PER_FILE: u64 = 16;

/// A file has so many extents whatever its size; see [`EXTENT_BYTES_LEAST`].
pub const EXTENTS_PER_FILE_FREE: u64 = 64;

/// And one more for so many bytes: chunks of large files have 64 KiB at least.
pub const EXTENT_BYTES_LEAST: u64 = 64 * 1024;

/// The longest JSON of an entry without its extents: a name of 255 control characters is six times as long when escaped, and
/// two hashes, the numbers, a media type and the names of the fields have some 700.
pub const LISTING_ENTRY_BYTES_MAX: u64 = 2560;

/// The longest JSON of an extent: 64 digits, two numbers of 16, brackets, quotes and commas.
pub const LISTING_EXTENT_BYTES_MAX: u64 = 128;

/// The brackets and names of fields around a tree's entries, for shares that have hardly any.
pub const LISTING_BYTES_FREE: u64 = 64 * 1024;

/// A file of a new snapshot lies in at most so many pieces, and one more for each [`EXTENT_COMMITTED_BYTES`]: reading one costs as
/// many requests to the store. The program writes a file anew that would pass it; a commit refuses the others.
pub const EXTENTS_COMMITTED_FREE: u64 = 16;

/// See [`EXTENTS_COMMITTED_FREE`].
pub const EXTENT_COMMITTED_BYTES: u64 = 1024 * 1024;

/// Linux's `NAME_MAX`: the longest file name, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// Linux's `PATH_MAX`: the longest path, in bytes.
pub const PATH_BYTES_MAX: usize = 4096;

/// The deepest path. `PATH_MAX` allows 2,048 one-letter names; no real project comes near this.
pub const PATH_DEPTH_MAX: usize = 256;

/// Linux follows at most this many symbolic links in one lookup (`MAXSYMLINKS`), and so do we.
pub const LINK_HOPS_MAX: usize = 40;

/// The most bytes of a file that [`crate::kind::classify`] looks at.
pub const SNIFF_BYTES: usize = 4096;

/// The largest integer that JSON readers in JavaScript keep exact: 2^53 - 1.
pub const JSON_INTEGER_MAX: u64 = (1 << 53) - 1;

/// The longest title, in bytes: what a browser's tab and an Open Graph card can show, with room.
pub const TITLE_MAX: usize = 300;

/// The longest description, in bytes.
pub const DESCRIPTION_MAX: usize = 16 * 1024;

/// The longest licence key or name, in bytes.
pub const LICENSE_MAX: usize = 100;

/// The longest token the parts accept, in bytes. JSON claims are parsed before the signature is checked, so the
/// length is capped first.
pub const TOKEN_BYTES_MAX: usize = 4096;

/// The longest a viewer token may live, in seconds (design §6).
pub const VIEWER_TOKEN_SECONDS_MAX: u64 = 15 * 60;

/// The longest a host's own token may live, in seconds: it is made for one connection or a few calls.
pub const HOST_TOKEN_SECONDS_MAX: u64 = 5 * 60;

/// The longest name of a token (`jti`) or of a host in one, in bytes: a UUID has 36, a hash in hexadecimal digits 64.
pub const TOKEN_NAME_MAX: usize = 64;

/// How long a capability opens a share, in seconds, unless the operator says otherwise. It stands in URLs, which logs
/// keep; it lives as long as the token it was given for may.
pub const CAPABILITY_SECONDS: u64 = 15 * 60;

/// How long one viewer token keeps a session going by renewals, in seconds, unless the operator says otherwise: a long
/// lecture, or an afternoon.
pub const SESSION_SECONDS: u64 = 4 * 60 * 60;

/// How far two clocks may disagree, in seconds (design §6).
pub const CLOCK_LEEWAY_SECONDS: u64 = 30;

/// How long a publish lease lives without a heartbeat, in milliseconds. A program that renews every third of it
/// survives two lost heartbeats.
pub const LEASE_MS: u64 = 90_000;

/// How long a running job lives without its host's report, in milliseconds, unless the operator says otherwise. Then it is
/// offered again.
pub const JOB_TIMEOUT_MS: u64 = 90_000;

/// A job is given to a host this often at most: a folder that kills its publisher each time must not do so for ever.
pub const JOB_ATTEMPTS_MAX: u32 = 5;

/// How long a job waits for its host, in milliseconds: three days are a weekend with the machine room closed.
pub const JOB_QUEUED_MS_MAX: u64 = 3 * 24 * 60 * 60 * 1000;

/// How long an enrolment token can be used, in seconds, unless whoever makes it says otherwise.
pub const ENROLMENT_SECONDS: u32 = 60 * 60;

/// The longest that one may say.
pub const ENROLMENT_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

/// The most jobs a host may take at once, whatever it reports.
pub const HOST_CAPACITY_MAX: u32 = 64;

/// How many rows a page of a list has at most, and when nobody says.
pub const PAGE_ROWS_MAX: u32 = 100;

/// How many rows a page of a list has when nobody says.
pub const PAGE_ROWS: u32 = 20;

/// The longest idempotency key, and the longest `sub` and `org_id`, in bytes.
pub const KEY_BYTES_MAX: usize = 128;

/// R2's largest single put is 5 GiB less 5 MiB; a program switches to multipart long before.
pub const MULTIPART_THRESHOLD: u64 = 64 * 1024 * 1024;

/// The smallest multipart part: all parts but the last are equal (R2 error 10048), and R2 wants at least 5 MiB.
pub const PART_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// The most parts of one multipart upload (R2's limit).
pub const PARTS_MAX: u64 = 10_000;

/// The largest object R2 holds: 4.995 TiB.
pub const BLOB_BYTES_MAX: u64 = 4995 * (1 << 40) / 1000;
