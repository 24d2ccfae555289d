//! Finds a notebook's cells in its bytes while they arrive: the viewer draws them as they come, the gateway shows the first ones.
//!
//! It tells where each object in the top level's `cells` begins and ends, and keeps all else, with `0` in place of each cell: the
//! *skeleton*, which is JSON when the file is. It checks nothing; what is cut out and what is kept are parsed by those who ask.

/// What was found so far.
#[derive(Debug, Default)]
pub struct Scan {
    skeleton: Vec<u8>,
    /// The cell that has begun and not ended.
    cell: Vec<u8>,
    depth: usize,
    within: Within,
    escaped: bool,
    in_cell: bool,
    in_cells: bool,
    /// The last string at the top level: a key, or a value that no list follows.
    key: Vec<u8>,
    /// Where in the skeleton the first cell is.
    first_cell: Option<usize>,
}

/// What the next byte belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Within {
    #[default]
    Structure,
    Text,
    /// A string at the top level.
    Key,
}

/// A longer key is not `cells`.
const KEY_MAX: usize = 16;

impl Scan {
    /// Takes more bytes; hands each cell that ends in them to `found`.
    pub fn push(&mut self, bytes: &[u8], mut found: impl FnMut(&[u8])) {
        for &byte in bytes {
            let began_in_cell = self.in_cell;
            self.step(byte);
            if began_in_cell || self.in_cell {
                self.cell.push(byte);
            } else {
                self.skeleton.push(byte);
            }
            if began_in_cell && !self.in_cell {
                found(&self.cell);
                self.cell.clear();
                self.skeleton.push(b'0');
            }
        }
    }

    fn step(&mut self, byte: u8) {
        if self.within != Within::Structure {
            self.step_in_string(byte);
            return;
        }
        match byte {
            b'"' if self.depth == 1 => {
                self.within = Within::Key;
                self.key.clear();
            }
            b'"' => self.within = Within::Text,
            b'{' | b'[' => self.open(byte),
            b'}' | b']' => self.close(),
            _ => {}
        }
    }

    fn step_in_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.within = Within::Structure;
                return;
            }
            _ => {}
        }
        if self.within == Within::Key && self.key.len() < KEY_MAX {
            self.key.push(byte);
        }
    }

    fn open(&mut self, byte: u8) {
        self.depth += 1;
        if self.depth == 2 && byte == b'[' && self.key == b"cells" {
            self.in_cells = true;
        } else if self.depth == 3 && byte == b'{' && self.in_cells {
            self.in_cell = true;
            self.first_cell.get_or_insert(self.skeleton.len());
        }
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        match self.depth {
            2 if self.in_cell => self.in_cell = false,
            0 | 1 => self.in_cells = false,
            _ => {}
        }
    }

    /// All but the cells; of a cell that has not ended, nothing.
    #[must_use]
    pub fn skeleton(&self) -> &[u8] {
        &self.skeleton
    }

    /// What came before the first cell, made whole: JSON when nothing but `cells` is open.
    #[must_use]
    pub fn before_cells(&self) -> Option<Vec<u8>> {
        let before = self.skeleton.get(..self.first_cell?)?;
        Some([before, b"]}"].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scanned(text: &str, size: usize) -> (Vec<String>, String) {
        let (mut scan, mut cells) = (Scan::default(), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            scan.push(piece, |cell| cells.push(String::from_utf8_lossy(cell).into_owned()));
        }
        (cells, String::from_utf8_lossy(scan.skeleton()).into_owned())
    }

    #[test]
    fn cells_are_cut_out_wherever_the_pieces_end() {
        let text = r#"{"a": {"cells": [{}]}, "cells": [ {"x": "}\"]{"}, 5, [{"y": 1}], {"z": [{}]}], "b": ["cells", {}]}"#;
        for size in 1..text.len() {
            let (cells, skeleton) = scanned(text, size);
            assert_eq!(cells, [r#"{"x": "}\"]{"}"#, r#"{"z": [{}]}"#]);
            assert_eq!(
                skeleton,
                r#"{"a": {"cells": [{}]}, "cells": [ 0, 5, [{"y": 1}], 0], "b": ["cells", {}]}"#
            );
        }
    }

    #[test]
    fn what_comes_before_the_cells_is_known_with_the_first_one() {
        let mut scan = Scan::default();
        scan.push(br#"{"metadata": {"a": 1}, "cells": ["#, |_| {});
        assert_eq!(scan.before_cells(), None);
        scan.push(b"{}", |_| {});
        assert_eq!(scan.before_cells().as_deref(), Some(&br#"{"metadata": {"a": 1}, "cells": []}"#[..]));
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[\\[\\]{}\",:a\\\\]{0,80}", size in 1_usize..9) {
            let (cells, skeleton) = scanned(&text, size);
            let kept: usize = cells.iter().map(String::len).sum::<usize>() + skeleton.len() - cells.len();
            prop_assert!(kept <= text.len());
        }
    }
}
