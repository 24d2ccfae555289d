//! Pictures, sound and video by the browser's own means, and what cannot be shown at all.

use super::progress::Progress;
use crate::browser::session;
use crate::format;
use crate::pages::problem;
use leptos::prelude::*;
use vitrine_protocol::File;

/// A picture; a click shows it at its own size.
pub(super) fn image(file: &File, url: String, download: String) -> AnyView {
    let enlarged = RwSignal::new(false);
    let failed = RwSignal::new(false);
    let progress = Progress::new();
    let name = file.name.to_string();
    let picture = move || {
        if failed.get() {
            session::failed("part", "image");
            let reason = "It may be damaged, or of a kind that this browser does not know.".to_owned();
            return problem::part("This picture could not be shown", reason, Some(download.clone()));
        }
        view! {
            <button
                type="button"
                class="picture"
                class:enlarged=move || enlarged.get()
                aria-pressed=move || enlarged.get().to_string()
                title="Show at its own size"
                data-rendered=move || progress.get()
                on:click=move |_| enlarged.update(|on| *on = !*on)
            >
                <img
                    src=url.clone()
                    alt=name.clone()
                    decoding="async"
                    on:load=move |_| progress.set(Progress::DONE)
                    on:error=move |_| failed.set(true)
                />
            </button>
        }
        .into_any()
    };
    view! { {picture} }.into_any()
}

/// A player for sound.
pub(super) fn audio(file: &File, url: String, download: String) -> AnyView {
    let failed = RwSignal::new(false);
    let progress = Progress::new();
    let name = file.name.to_string();
    let player = move || {
        if failed.get() {
            return unplayable(download.clone());
        }
        view! {
            <audio
                controls
                preload="metadata"
                src=url.clone()
                aria-label=name.clone()
                data-rendered=move || progress.get()
                on:loadedmetadata=move |_| progress.set(Progress::DONE)
                on:error=move |_| failed.set(true)
            ></audio>
        }
        .into_any()
    };
    view! { {player} }.into_any()
}

/// A player for video. It fetches by ranges, so seeking works before the end has arrived.
pub(super) fn video(file: &File, url: String, download: String) -> AnyView {
    let failed = RwSignal::new(false);
    let progress = Progress::new();
    let name = file.name.to_string();
    let player = move || {
        if failed.get() {
            return unplayable(download.clone());
        }
        view! {
            <video
                controls
                playsinline
                preload="metadata"
                src=url.clone()
                aria-label=name.clone()
                data-rendered=move || progress.get()
                on:loadedmetadata=move |_| progress.set(Progress::DONE)
                on:error=move |_| failed.set(true)
            ></video>
        }
        .into_any()
    };
    view! { {player} }.into_any()
}

fn unplayable(download: String) -> AnyView {
    session::failed("part", "media");
    let reason = "This browser does not know its format, or the file is damaged.".to_owned();
    problem::part("This file could not be played", reason, Some(download))
}

/// Name, size, type and a download.
pub(super) fn download_only(file: &File, download: String) -> AnyView {
    view! {
        <div class="part-problem">
            <p><strong>"There is no preview for this kind of file"</strong></p>
            <p>{format!("{}, {}", file.content_type.essence(), format::size(file.size))}</p>
            <p><a class="button" href=download download=file.name.to_string()>"Download"</a></p>
        </div>
    }
    .into_any()
}
