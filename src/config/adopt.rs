//! Which settings can change while it runs? All but those that say where things are and what is set up once at the start.

use super::Settings;

impl Settings {
    /// `new` as it can be adopted by a server that was started with these settings, and the keys that would need a restart: they
    /// keep their old values.
    pub fn adopt(&self, mut new: Self) -> (Self, Vec<&'static str>) {
        let mut waiting = Vec::new();
        macro_rules! keep {
            ($($key:literal => $($field:ident).+;)*) => {$(
                if self.$($field).+ != new.$($field).+ {
                    waiting.push($key);
                    new.$($field).+.clone_from(&self.$($field).+);
                }
            )*};
        }
        keep! {
            "data_dir" => data_dir;
            "database" => database;
            "server.listen" => server.listen;
            "server.max_connections" => server.max_connections;
            "server.header_timeout_ms" => server.header_timeout_ms;
            "server.request_timeout_ms" => server.request_timeout_ms;
            "server.drain_ms" => server.drain_ms;
            "server.shutdown_timeout_ms" => server.shutdown_timeout_ms;
            "metrics.listen" => metrics.listen;
            "site.templates" => site.templates;
            "embeddings" => embeddings;
            "log" => log;
        }
        (new, waiting)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse_settings;

    #[test]
    fn what_is_set_up_at_the_start_stays_and_is_named() {
        let read = |text: &str| parse_settings(text).accepted().expect("good settings");
        let old = read("[server]\nlisten = \"127.0.0.1:1\"\n");
        let new = read(
            "data_dir = \"x\"\n[server]\nlisten = \"127.0.0.1:2\"\ndrain_ms = 7\n\
             [limits]\npage_hits = 7\n[embed]\norigins = [\"https://a.example\"]\n",
        );
        let (adopted, waiting) = old.adopt(new.clone());
        assert_eq!(waiting, ["data_dir", "server.listen", "server.drain_ms"]);
        assert_eq!(adopted.server, old.server);
        assert_eq!(adopted.limits, new.limits);
        assert_eq!(adopted.embed, new.embed);
        assert_eq!(old.adopt(old.clone()), (old, Vec::new()));
    }
}
