//! Real folders: the project's own example, and whatever `VITRINE_CORPUS` names.

use crate::world::{assert_same_bytes, publish_again, publish_new, world};
use std::path::Path;

#[test]
fn examples_welcome() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/welcome");
    let published = publish_new(&folder);
    assert_eq!(published.url, format!("{}/{}/", world().share, published.share));
    assert_same_bytes(&folder, &published);
}

#[test]
fn the_corpus_when_there_is_one() {
    let Some(folder) = std::env::var_os("VITRINE_CORPUS").filter(|folder| !folder.is_empty()) else { return };
    let folder = Path::new(&folder);
    let published = publish_new(folder);
    assert_same_bytes(folder, &published);
    assert_eq!(publish_again(folder, published.share).number("uploaded_objects"), 0);
}
