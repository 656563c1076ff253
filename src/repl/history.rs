//! History across sessions: one file in the user's state folder, extended after every entry.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy, choose_base_strategy};
use rustyline::history::FileHistory;
use rustyline::{Editor, Helper};

/// Loads the history; the file it goes to, if there can be one.
pub fn open<H: Helper>(editor: &mut Editor<H, FileHistory>) -> Option<PathBuf> {
    let path = file()?;
    fs::create_dir_all(path.parent()?).ok()?;
    if !path.exists() {
        create_private(&path)?;
    }
    if editor.load_history(&path).is_err() {
        eprintln!("note: the history in {} cannot be read and is left alone", path.display());
        return None;
    }
    Some(path)
}

fn file() -> Option<PathBuf> {
    let strategy = choose_base_strategy().ok()?;
    let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Some(folder.join("gradtape").join("history"))
}

/// What was typed is nobody else's business.
fn create_private(path: &Path) -> Option<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).ok().map(|_| ())
}

/// Remembers an entry at once, so that a crash loses nothing. An entry that begins with a blank is not kept.
pub fn add<H: Helper>(editor: &mut Editor<H, FileHistory>, path: Option<&Path>, text: &str) {
    if text.trim().is_empty() || text.starts_with(' ') {
        return;
    }
    if editor.add_history_entry(text).unwrap_or(false)
        && let Some(path) = path
    {
        // a full disk must not keep anybody from calculating
        let _ = editor.append_history(path);
    }
}
