//! The `man` command: manual pages, made of what `--help` says.
//!
//! To standard output for one command, or as files for all of them: `vitrine.1`, `vitrine-publish.1` and so on.

use super::args::{Cli, ManArgs};
use super::command_error::CommandError;
use super::output::unless_closed;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::io::{self, Write as _};
use std::path::Path;

/// Runs the command.
pub(super) fn run(args: &ManArgs) -> Result<(), CommandError> {
    let program = program();
    if let Some(dir) = &args.out {
        return write_all(&program, dir);
    }
    let page = match &args.command {
        None => page(&program),
        Some(name) => {
            let named = pages(&program).find(|command| command.get_name() == name);
            page(named.ok_or_else(|| unknown(name))?)
        }
    };
    let page = page.map_err(CommandError::failed)?;
    let written = io::stdout().write_all(&page).and_then(|()| io::stdout().flush());
    unless_closed(written).map_err(|error| CommandError::unwritten(error, "Nothing else was to be done."))
}

fn unknown(name: &str) -> CommandError {
    CommandError::usage(&format!("There is no command `{name}`"), "`vitrine --help` lists them.")
}

fn program() -> Command {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    program
}

/// The commands that have a page, without the program itself.
fn pages(program: &Command) -> impl Iterator<Item = &Command> {
    program.get_subcommands().filter(|command| !command.is_hide_set())
}

fn write_all(program: &Command, dir: &Path) -> Result<(), CommandError> {
    let failed = |path: &Path, error: &io::Error| {
        let message = format!("Could not write `{}`: {error}", path.display());
        CommandError::hinted(&message, "Name a folder that can be written to.")
    };
    std::fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
    for command in std::iter::once(program).chain(pages(program)) {
        let path = dir.join(Man::new(command.clone()).get_filename());
        page(command).and_then(|page| std::fs::write(&path, page)).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

/// A page in roff. What stands below the options in the help becomes sections of its own, its lines as they are.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let below = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let mut bytes = Vec::new();
    let bare = command.clone().after_help("").after_long_help("");
    let version = concat!("vitrine ", env!("CARGO_PKG_VERSION"));
    Man::new(bare).source(version).manual("Vitrine").render(&mut bytes)?;
    let mut page = without_empty_section(&String::from_utf8_lossy(&bytes)).into_bytes();
    sections(&below).to_writer(&mut page)?;
    Ok(page)
}

/// Takes the heading out under which nothing was left.
fn without_empty_section(page: &str) -> String {
    page.split_inclusive('\n').filter(|line| line.trim_end() != ".SH EXTRA").collect()
}

/// A line that is not indented and ends in a colon heads a section.
fn sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    for line in text.lines() {
        match line.strip_suffix(':') {
            Some(heading) if !line.starts_with(' ') => {
                roff.control("fi", []);
                roff.control("SH", [heading.to_uppercase().as_str()]);
                roff.control("nf", []);
            }
            _ => {
                roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
            }
        }
    }
    if !text.is_empty() {
        roff.control("fi", []);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(command: &Command) -> String {
        String::from_utf8(page(command).unwrap()).unwrap()
    }

    #[test]
    fn every_option_of_publish_is_in_its_page() {
        let program = program();
        let publish = program.find_subcommand("publish").unwrap();
        let page = text(publish);
        let options: Vec<_> = publish.get_arguments().filter_map(clap::Arg::get_long).collect();
        assert!(options.len() > 15, "{options:?}");
        for option in options {
            // Roff writes a hyphen that may be copied as `\-`.
            let written = format!("--{option}").replace('-', "\\-");
            assert!(page.contains(&written), "--{option}");
        }
        for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "ENVIRONMENT", "\"EXIT CODES\""] {
            assert!(page.contains(&format!(".SH {heading}\n")), "{heading}");
        }
        assert!(!page.contains("EXTRA") && !page.contains('\u{1b}'));
    }

    #[test]
    fn every_command_has_a_page() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("man/man1");
        run(&ManArgs { command: None, out: Some(dir.clone()) }).unwrap();
        let mut names: Vec<_> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut wanted = vec!["vitrine.1".to_owned()];
        wanted.extend(pages(&program()).map(|command| format!("vitrine-{}.1", command.get_name())));
        wanted.sort();
        assert_eq!(names, wanted);
        let publish = std::fs::read_to_string(dir.join("vitrine-publish.1")).unwrap();
        assert_eq!(publish, text(program().find_subcommand("publish").unwrap()));
        assert!(run(&ManArgs { command: None, out: Some("/proc/nowhere".into()) }).is_err());
        assert!(run(&ManArgs { command: Some("nothing".to_owned()), out: None }).is_err());
    }
}
