//! A plucked string, computed two ways: by leapfrog on a grid, and as a sum of modes.
//!
//!     rustc -O string.rs && ./string

use std::f64::consts::PI;

/// A string of length 1 with wave speed 1, held at both ends.
struct Plucked {
    /// Where it is plucked, between 0 and 1.
    at: f64,
}

impl Plucked {
    /// Its shape before it is let go.
    fn shape(&self, x: f64) -> f64 {
        if x < self.at { x / self.at } else { (1.0 - x) / (1.0 - self.at) }
    }

    /// How much there is of mode `n`.
    fn mode(&self, n: u32) -> f64 {
        let n = f64::from(n);
        2.0 * (n * PI * self.at).sin() / (n * n * PI * PI * self.at * (1.0 - self.at))
    }

    /// Where the point at `x` is at time `t`, from the first `modes` modes.
    fn exact(&self, x: f64, t: f64, modes: u32) -> f64 {
        (1..=modes).map(|n| self.mode(n) * (f64::from(n) * PI * x).sin() * (f64::from(n) * PI * t).cos()).sum()
    }
}

/// The string on a grid. One step in time is one cell in space, for which leapfrog makes no error but rounding.
struct Grid {
    before: Vec<f64>,
    now: Vec<f64>,
}

impl Grid {
    fn at_rest(cells: usize, shape: impl Fn(f64) -> f64) -> Self {
        let before: Vec<f64> = (0..=cells).map(|i| shape(i as f64 / cells as f64)).collect();
        let mut now = before.clone();
        for i in 1..cells {
            now[i] = (before[i - 1] + before[i + 1]) / 2.0;
        }
        Self { before, now }
    }

    fn step(&mut self) {
        for i in 1..self.now.len() - 1 {
            // What was two steps ago is needed only here, so its place takes the new value.
            self.before[i] = self.now[i - 1] + self.now[i + 1] - self.before[i];
        }
        std::mem::swap(&mut self.before, &mut self.now);
    }

    fn draw(&self, rows: usize) -> String {
        let last = self.now.len() - 1;
        let mut picture = vec![vec![' '; 73]; rows];
        for column in 0..73 {
            let height = self.now[column * last / 72];
            let row = ((1.0 - height) / 2.0 * (rows - 1) as f64).round() as usize;
            picture[row.min(rows - 1)][column] = '•';
        }
        picture.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned() + "\n").collect()
    }
}

fn main() {
    let string = Plucked { at: 0.2 };
    let cells = 720;
    let mut grid = Grid::at_rest(cells, |x| string.shape(x));
    for step in 1..=cells {
        if step % (cells / 4) == 0 {
            let t = step as f64 / cells as f64;
            let worst = (0..=cells)
                .map(|i| (grid.now[i] - string.exact(i as f64 / cells as f64, t, 2000)).abs())
                .fold(0.0, f64::max);
            println!("t = {t:.2}, grid and modes differ by {worst:.1e} at most\n{}", grid.draw(11));
        }
        grid.step();
    }
}
