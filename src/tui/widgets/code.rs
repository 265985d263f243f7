//! What language a file is in, by its name.

/// The language by which the highlighter knows a file of this name, where it does.
pub fn language(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with("Dockerfile") || name.ends_with(".dockerfile") || name == "Containerfile" {
        return Some("dockerfile");
    }
    Some(match name.rsplit_once('.')?.1 {
        "yaml" | "yml" => "yaml",
        "json" => "json",
        "toml" => "toml",
        "rego" => "rego",
        "sh" => "sh",
        "go" => "go",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_follow_names() {
        assert_eq!(language("app/Dockerfile"), Some("dockerfile"));
        assert_eq!(language("pod.yaml"), Some("yaml"));
        assert_eq!(language(".dockerignore"), None);
        assert_eq!(language("README"), None);
    }
}
