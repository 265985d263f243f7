//! Markdown blocks to lines of a given width, in roles instead of colours; what `read` prints and the reader shows.
