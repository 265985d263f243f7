//! The colours of each theme, and how a terminal shows them. What they are used for is said in `theme`.

use ratatui::style::Color;

/// How many colours the terminal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The 256 of xterm.
    Indexed,
}

impl Depth {
    /// A colour as such a terminal shows it.
    pub(super) fn colour(self, rgb: u32) -> Color {
        let [_, r, g, b] = rgb.to_be_bytes();
        match self {
            Self::True => Color::Rgb(r, g, b),
            Self::Indexed => Color::Indexed(nearest(r, g, b)),
        }
    }
}

/// The colours of a theme, as `0x00RR_GGBB`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    pub(super) ground: u32,
    pub(super) surface: u32,
    pub(super) raised: u32,
    pub(super) line: u32,
    pub(super) text: u32,
    pub(super) dim: u32,
    pub(super) strong: u32,
    pub(super) accent: u32,
    pub(super) pass: u32,
    pub(super) fail: u32,
    pub(super) warn: u32,
    pub(super) found: u32,
    pub(super) key: u32,
    pub(super) string: u32,
    pub(super) number: u32,
    pub(super) keyword: u32,
    pub(super) comment: u32,
}

pub(super) const DARK: Palette = Palette {
    ground: 0x0015_191f,
    surface: 0x001d_232b,
    raised: 0x002b_3541,
    line: 0x003c_4754,
    text: 0x00d5_dae1,
    dim: 0x0094_9fad,
    strong: 0x00f3_f5f8,
    accent: 0x005f_d1c4,
    pass: 0x007c_b8ff,
    fail: 0x00f5_a65b,
    warn: 0x00e6_c667,
    found: 0x005a_4a12,
    key: 0x008f_c1f2,
    string: 0x00b5_cf8e,
    number: 0x00e3_b777,
    keyword: 0x00cf_a9ea,
    comment: 0x0094_a1b1,
};

pub(super) const LIGHT: Palette = Palette {
    ground: 0x00fb_faf7,
    surface: 0x00f1_efe9,
    raised: 0x00dd_e6ea,
    line: 0x00c4_c4bf,
    text: 0x0026_2b33,
    dim: 0x0058_616d,
    strong: 0x000b_0e13,
    accent: 0x0006_6b61,
    pass: 0x000a_559f,
    fail: 0x009a_4100,
    warn: 0x0072_5200,
    found: 0x00ff_e08a,
    key: 0x000b_5394,
    string: 0x003b_6a12,
    number: 0x008a_4a00,
    keyword: 0x006f_3fa0,
    comment: 0x0059_626d,
};

pub(super) const HIGH_CONTRAST: Palette = Palette {
    ground: 0x0000_0000,
    surface: 0x0000_0000,
    raised: 0x0000_3355,
    line: 0x00a0_a0a0,
    text: 0x00ff_ffff,
    dim: 0x00d4_d4d4,
    strong: 0x00ff_ffff,
    accent: 0x006f_f7e8,
    pass: 0x009c_d0ff,
    fail: 0x00ff_b865,
    warn: 0x00ff_e566,
    found: 0x0055_4400,
    key: 0x00a8_d6ff,
    string: 0x00cd_f2a0,
    number: 0x00ff_cf8f,
    keyword: 0x00e6_c9ff,
    comment: 0x00cf_cfcf,
};

/// The nearest of xterm's 256 colours, the first sixteen left out since terminals redefine them.
fn nearest(r: u8, g: u8, b: u8) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let distance = |x: (u8, u8, u8)| {
        let part = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        part(x.0, r) + part(x.1, g) + part(x.2, b)
    };
    let near = |v: u8| (0..6u8).min_by_key(|i| STEPS[usize::from(*i)].abs_diff(v)).unwrap_or(0);
    let [red, green, blue] = [r, g, b].map(near);
    let cube = (STEPS[usize::from(red)], STEPS[usize::from(green)], STEPS[usize::from(blue)]);
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let grey = (mean.saturating_sub(3) / 10).min(23) as u8;
    let level = 8 + 10 * grey;
    if distance((level, level, level)) < distance(cube) {
        232 + grey
    } else {
        16 + 36 * red + 6 * green + blue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_near_ones() {
        assert_eq!(nearest(255, 255, 255), 231);
        assert_eq!(nearest(0, 0, 0), 16);
        assert_eq!(nearest(0x15, 0x19, 0x1f), 234);
        assert_eq!(nearest(0x5f, 0xd7, 0xc4), 80);
    }
}
