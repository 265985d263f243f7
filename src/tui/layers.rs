//! The screens that lie over each other, Home first. The topmost takes the keys.

use std::path::PathBuf;

use super::screen::Screen;

/// No chain of links is followed deeper than this; the oldest screens above Home are forgotten.
const DEEPEST: usize = 24;

/// The screens.
#[derive(Default)]
pub struct Layers(Vec<Box<dyn Screen>>);

impl Layers {
    /// Lays a screen over all others.
    pub fn push(&mut self, screen: Box<dyn Screen>) {
        self.0.push(screen);
        if self.0.len() > DEEPEST {
            self.0.remove(1);
        }
    }

    /// Takes the topmost away.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is one below the topmost.
    pub fn is_deep(&self) -> bool {
        self.0.len() > 1
    }

    /// The topmost.
    pub fn top(&self) -> Option<&dyn Screen> {
        self.0.last().map(|top| &**top)
    }

    /// The topmost, to be changed.
    pub fn top_mut(&mut self) -> Option<&mut Box<dyn Screen>> {
        self.0.last_mut()
    }

    /// All, Home first.
    pub fn all(&self) -> &[Box<dyn Screen>] {
        &self.0
    }

    /// All, to be changed.
    pub fn all_mut(&mut self) -> &mut [Box<dyn Screen>] {
        &mut self.0
    }

    /// Those that can be seen: the topmost screen that is no layer, and the layers above it.
    pub fn visible(&self) -> &[Box<dyn Screen>] {
        self.0.get(self.first_visible()..).unwrap_or_default()
    }

    /// The same, to be changed.
    pub fn visible_mut(&mut self) -> &mut [Box<dyn Screen>] {
        let first = self.first_visible();
        self.0.get_mut(first..).unwrap_or_default()
    }

    fn first_visible(&self) -> usize {
        self.0.iter().rposition(|screen| !screen.is_layer()).unwrap_or(0)
    }

    /// The files whose changes matter now.
    pub fn watched(&self) -> Vec<PathBuf> {
        self.top().map(Screen::watched).unwrap_or_default()
    }
}
