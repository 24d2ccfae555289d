//! What the ending of a name, or a whole name, says of a file. Called by [`super::classify`], which the bytes may overrule.

use super::Kind;

/// The type that a name's ending, or a whole name, stands for.
pub(super) fn by_name(name: &str) -> Option<(&'static str, Kind)> {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "makefile" | "gnumakefile" | "dockerfile" | "containerfile" | "rakefile" | "gemfile" | "justfile"
        | "snakefile" | "cmakelists.txt" | "jenkinsfile" | "vagrantfile" => {
            return Some(("text/plain", Kind::Code));
        }
        "readme" | "license" | "licence" | "copying" | "authors" | "changelog" | "notice" | "install" => {
            return Some(("text/plain", Kind::Text));
        }
        _ => {}
    }
    let (stem, ending) = lower.rsplit_once('.')?;
    if stem.is_empty() {
        return None;
    }
    document_type(ending)
        .or_else(|| media_type(ending))
        .or_else(|| is_code(ending).then_some(("text/plain", Kind::Code)))
}

fn document_type(ending: &str) -> Option<(&'static str, Kind)> {
    Some(match ending {
        "ipynb" => ("application/x-ipynb+json", Kind::Notebook),
        "md" | "markdown" | "mdown" | "mkd" | "rmd" | "qmd" => ("text/markdown", Kind::Markdown),
        "pdf" => ("application/pdf", Kind::Pdf),
        "html" | "htm" => ("text/html", Kind::Html),
        "xhtml" => ("application/xhtml+xml", Kind::Html),
        "csv" | "psv" => ("text/csv", Kind::Table),
        "tsv" | "tab" => ("text/tab-separated-values", Kind::Table),
        "json" | "jsonc" | "topojson" | "webmanifest" => ("application/json", Kind::Json),
        "geojson" => ("application/geo+json", Kind::Json),
        "geojsonl" | "geojsons" | "geojsonseq" => ("application/jsonl", Kind::Json),
        "jsonl" | "ndjson" => ("application/jsonl", Kind::Text),
        "board" => ("application/jsonl", Kind::Board),
        "slides" => ("application/jsonl", Kind::Slides),
        "tasks" => ("application/jsonl", Kind::Tasks),
        "sage-chat" | "chat" => ("application/jsonl", Kind::Chat),
        "sagews" => ("text/plain", Kind::Worksheet),
        "txt" | "text" | "log" | "rst" | "org" | "adoc" | "asc" | "nfo" | "diz" | "srt" => {
            ("text/plain", Kind::Text)
        }
        "vtt" => ("text/vtt", Kind::Text),
        "xml" | "xsd" | "xsl" | "xslt" | "rss" | "atom" | "kml" | "gpx" => ("application/xml", Kind::Code),
        "css" => ("text/css", Kind::Code),
        "js" | "mjs" | "cjs" => ("text/javascript", Kind::Code),
        "wasm" => ("application/wasm", Kind::Binary),
        "zip" | "whl" | "jar" | "npz" | "kmz" => ("application/zip", Kind::Archive),
        "tar" => ("application/x-tar", Kind::Archive),
        "gz" | "tgz" | "bgz" => ("application/gzip", Kind::Archive),
        "xz" => ("application/x-xz", Kind::Archive),
        "bz2" => ("application/x-bzip2", Kind::Archive),
        "7z" => ("application/x-7z-compressed", Kind::Archive),
        "zst" => ("application/zstd", Kind::Archive),
        "docx" => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", Kind::Binary),
        "xlsx" => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Kind::Binary),
        "pptx" => ("application/vnd.openxmlformats-officedocument.presentationml.presentation", Kind::Binary),
        "parquet" => ("application/vnd.apache.parquet", Kind::Binary),
        _ => return None,
    })
}

fn media_type(ending: &str) -> Option<(&'static str, Kind)> {
    Some(match ending {
        "png" => ("image/png", Kind::Image),
        "apng" => ("image/apng", Kind::Image),
        "jpg" | "jpeg" | "jpe" => ("image/jpeg", Kind::Image),
        "gif" => ("image/gif", Kind::Image),
        "webp" => ("image/webp", Kind::Image),
        "avif" => ("image/avif", Kind::Image),
        "bmp" => ("image/bmp", Kind::Image),
        "ico" => ("image/x-icon", Kind::Image),
        "svg" => ("image/svg+xml", Kind::Image),
        // What is served are bytes of gzip; the viewer takes that off.
        "svgz" => ("application/gzip", Kind::Image),
        "tif" | "tiff" => ("image/tiff", Kind::Binary),
        "mp3" => ("audio/mpeg", Kind::Audio),
        "wav" => ("audio/wav", Kind::Audio),
        "ogg" | "oga" | "opus" => ("audio/ogg", Kind::Audio),
        "flac" => ("audio/flac", Kind::Audio),
        "m4a" | "aac" => ("audio/mp4", Kind::Audio),
        "mp4" | "m4v" => ("video/mp4", Kind::Video),
        "webm" => ("video/webm", Kind::Video),
        "mkv" | "mk3d" => ("video/matroska", Kind::Video),
        "mka" => ("audio/matroska", Kind::Audio),
        "ogv" => ("video/ogg", Kind::Video),
        "mov" => ("video/quicktime", Kind::Video),
        "stl" => ("model/stl", Kind::Model3d),
        "obj" => ("model/obj", Kind::Model3d),
        "gltf" => ("model/gltf+json", Kind::Model3d),
        "glb" => ("model/gltf-binary", Kind::Model3d),
        "woff2" => ("font/woff2", Kind::Binary),
        "woff" => ("font/woff", Kind::Binary),
        "ttf" => ("font/ttf", Kind::Binary),
        "otf" => ("font/otf", Kind::Binary),
        _ => return None,
    })
}

fn is_code(ending: &str) -> bool {
    matches!(
        ending,
        "py" | "pyx"
            | "pyi"
            | "sage"
            | "r"
            | "jl"
            | "rs"
            | "c"
            | "h"
            | "cc"
            | "cpp"
            | "cxx"
            | "hpp"
            | "hh"
            | "cu"
            | "java"
            | "kt"
            | "kts"
            | "scala"
            | "groovy"
            | "go"
            | "rb"
            | "php"
            | "pl"
            | "pm"
            | "pro"
            | "prolog"
            | "raku"
            | "pas"
            | "pp"
            | "bas"
            | "smk"
            | "glsl"
            | "frag"
            | "vert"
            | "tcl"
            | "mm"
            | "lua"
            | "m"
            | "mat"
            | "f"
            | "f77"
            | "f90"
            | "f95"
            | "f03"
            | "for"
            | "hs"
            | "lhs"
            | "ml"
            | "mli"
            | "fs"
            | "fsx"
            | "clj"
            | "cljs"
            | "ex"
            | "exs"
            | "erl"
            | "swift"
            | "dart"
            | "cs"
            | "vb"
            | "d"
            | "nim"
            | "zig"
            | "v"
            | "sv"
            | "vhd"
            | "vhdl"
            | "asm"
            | "s"
            | "sh"
            | "bash"
            | "zsh"
            | "fish"
            | "ps1"
            | "bat"
            | "cmd"
            | "awk"
            | "sed"
            | "sql"
            | "graphql"
            | "proto"
            | "ts"
            | "tsx"
            | "jsx"
            | "vue"
            | "svelte"
            | "scss"
            | "sass"
            | "less"
            | "styl"
            | "tex"
            | "sty"
            | "cls"
            | "bib"
            | "toml"
            | "yaml"
            | "yml"
            | "ini"
            | "cfg"
            | "conf"
            | "properties"
            | "env"
            | "diff"
            | "patch"
            | "cmake"
            | "mk"
            | "nix"
            | "tf"
            | "hcl"
            | "el"
            | "lisp"
            | "scm"
            | "rkt"
            | "coq"
            | "lean"
            | "agda"
            | "gp"
            | "gap"
            | "mpl"
            | "magma"
            | "stan"
            | "jsonnet"
            | "dot"
            | "gv"
            | "rnw"
            | "rtex"
            | "ipy"
            | "pug"
            | "http"
    )
}
