//! What do programs read that are not asked to search? `sitemap.xml`, `feed.atom`, `robots.txt`, `llms.txt`, `opensearch.xml`,
//! `security.txt`.
//!
//! All of them list what the viewer may read, with public addresses that never come from a request.

use super::addresses;
use super::home;
use super::messages;
use super::{frame, xml::escape};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::http::error::Failure;
use crate::http::extract::{Params, Reading};
use crate::http::state::AppState;
use crate::index::{Head, View};
use crate::model::{CategoryPath, Lang};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};

/// How many addresses one file may list, by the sitemap protocol.
const SITEMAP_URLS: usize = 50_000;

/// How many articles the feed has.
const FEED_ENTRIES: usize = 50;

/// How many articles `llms.txt` lists; it is meant to fit into a model's window.
const LLMS_ARTICLES: usize = 2_000;

/// Makes a document of `kind` off the asynchronous threads.
async fn document(
    state: AppState,
    reading: Reading,
    kind: &'static str,
    write: impl FnOnce(&Settings, &View) -> Result<String> + Send + 'static,
) -> Result<Response, Failure> {
    let shared = state.clone();
    let work = move || write(shared.settings(), reading.view());
    let text = state.blocking().run(work).await?;
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// `GET /sitemap.xml`, and its parts by `?part=` where there are more addresses than one file may list.
pub(in crate::http) async fn sitemap(
    State(state): State<AppState>,
    reading: Reading,
    mut params: Params,
) -> Result<Response, Failure> {
    let part = params.number("part", 0, 0..=usize::MAX / SITEMAP_URLS);
    params.finish_lenient()?;
    let write = move |settings: &Settings, view: &View| write_sitemap(settings, view, part);
    document(state, reading, "application/xml; charset=utf-8", write).await
}

fn write_sitemap(settings: &Settings, view: &View, part: usize) -> Result<String> {
    let parts = (view.len() + view.categories().len() + 1).div_ceil(SITEMAP_URLS);
    if part > parts {
        return Err(Error::not_found("there is no such part of the site map"));
    }
    if part == 0 && parts > 1 {
        return Ok(sitemap_index(settings, parts));
    }
    let from = part.saturating_sub(1) * SITEMAP_URLS;
    let newest = view.newest(1).first().map(|head| head.updated);
    let home = std::iter::once(("/".to_owned(), newest));
    let categories = view.categories().iter().filter(|c| !c.path.is_root());
    let categories = categories.map(|c| (addresses::category(&c.path), None));
    let articles = view
        .heads()
        .map(|h| (addresses::article(&h.id), Some(h.updated)));
    let all = home.chain(categories).chain(articles);
    let urls: String = all
        .skip(from)
        .take(SITEMAP_URLS)
        .map(|(at, day)| sitemap_url(settings, &at, day))
        .collect();
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n"
    ))
}

fn sitemap_url(settings: &Settings, address: &str, changed: Option<Timestamp>) -> String {
    let changed = changed
        .map(|at| format!("<lastmod>{at:.0}</lastmod>"))
        .unwrap_or_default();
    format!(
        "<url><loc>{}</loc>{changed}</url>\n",
        escape(&addresses::public(settings, address))
    )
}

fn sitemap_index(settings: &Settings, parts: usize) -> String {
    let part = |n| {
        escape(&addresses::public(
            settings,
            &format!("/sitemap.xml?part={n}"),
        ))
    };
    let parts: String = (1..=parts)
        .map(|n| format!("<sitemap><loc>{}</loc></sitemap>\n", part(n)))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{parts}</sitemapindex>\n"
    )
}

/// `GET /feed.atom`: the articles that changed last.
pub(in crate::http) async fn feed(
    State(state): State<AppState>,
    reading: Reading,
) -> Result<Response, Failure> {
    document(
        state,
        reading,
        "application/atom+xml; charset=utf-8",
        write_feed,
    )
    .await
}

fn write_feed(settings: &Settings, view: &View) -> Result<String> {
    let lang = settings.site.default_lang;
    let site = frame::site_name(settings, lang);
    let title = messages::fill(lang, "feed_title", &[("site", &site)]);
    let newest = view.newest(FEED_ENTRIES);
    let updated = newest
        .iter()
        .map(|head| head.updated)
        .max()
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let entries: String = newest
        .iter()
        .map(|head| feed_entry(settings, head))
        .collect();
    let home = escape(&addresses::public(settings, "/"));
    let own = escape(&addresses::public(settings, "/feed.atom"));
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{lang}\">\n\
         <id>{home}</id>\n<title>{}</title>\n<updated>{updated:.0}</updated>\n<author><name>{}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{home}\"/>\n{entries}</feed>\n",
        escape(&title),
        escape(&site),
    ))
}

fn feed_entry(settings: &Settings, head: &Head) -> String {
    let address = escape(&addresses::public(settings, &addresses::article(&head.id)));
    let tags: String = head
        .tags
        .iter()
        .map(|tag| format!("<category term=\"{}\"/>", escape(tag)))
        .collect();
    format!(
        "<entry xml:lang=\"{}\">\n<id>{address}</id>\n<title>{}</title>\n<updated>{:.0}</updated>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{address}\"/>\n<summary>{}</summary>{tags}\n</entry>\n",
        head.lang,
        escape(&head.title),
        head.updated,
        escape(&head.answer),
    )
}

/// `GET /robots.txt`
pub(in crate::http) async fn robots(State(state): State<AppState>) -> Response {
    let map = addresses::public(state.settings(), "/sitemap.xml");
    let text = format!(
        "User-agent: *\nDisallow: /api/\nDisallow: /search\nDisallow: /ask\nDisallow: /case/\nDisallow: /tap/\nDisallow: /desk\n\nSitemap: {map}\n"
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// `GET /.well-known/security.txt` (RFC 9116): whom to tell of a hole in this site, where its operator said so. It is good for a month
/// from each time that it is read.
pub(in crate::http) async fn security(State(state): State<AppState>) -> Result<Response, Failure> {
    let settings = state.settings();
    let Some(contact) = &settings.site.security_contact else {
        return Err(Error::not_found("nobody is named").into());
    };
    let contact = match contact.starts_with("https:") {
        true => contact.clone(),
        false => format!("mailto:{contact}"),
    };
    let until = (state.clock().now() + SignedDuration::from_hours(24 * 30)).strftime("%FT%TZ");
    let own = addresses::public(settings, "/.well-known/security.txt");
    let text = format!(
        "Contact: {contact}\nExpires: {until}\nPreferred-Languages: zh, en\nCanonical: {own}\n"
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// `GET /llms.txt`: the help centre as a model would like to begin reading it.
pub(in crate::http) async fn llms(
    State(state): State<AppState>,
    reading: Reading,
) -> Result<Response, Failure> {
    document(state, reading, "text/plain; charset=utf-8", write_llms).await
}

fn write_llms(settings: &Settings, view: &View) -> Result<String> {
    let lang = settings.site.default_lang;
    let site = frame::site_name(settings, lang);
    let mut text = format!(
        "# {}\n\n> {}\n",
        one_line(&site),
        one_line(&home::welcome(settings, lang))
    );
    let mut left = LLMS_ARTICLES;
    let categories = view.categories().iter().filter(|c| !c.path.is_root());
    let root = (CategoryPath::default(), messages::text(lang, "articles"));
    for (path, title) in
        std::iter::once(root).chain(categories.map(|c| (c.path.clone(), c.title.as_str())))
    {
        let heads = view.in_category(&path);
        if heads.is_empty() || left == 0 {
            continue;
        }
        text.push_str(&format!("\n## {}\n\n", one_line(title)));
        text.extend(
            heads
                .iter()
                .take(left)
                .map(|head| llms_line(settings, head)),
        );
        left = left.saturating_sub(heads.len());
    }
    let map = addresses::public(settings, "/sitemap.xml");
    let api = addresses::public(settings, "/api/v1/openapi.json");
    text.push_str(&format!(
        "\n## Optional\n\n- [sitemap.xml]({map})\n- [openapi.json]({api})\n"
    ));
    Ok(text)
}

fn llms_line(settings: &Settings, head: &Head) -> String {
    let address = addresses::public(settings, &addresses::article(&head.id));
    let title = one_line(&head.title)
        .replace('[', "\\[")
        .replace(']', "\\]");
    match head.answer.is_empty() {
        true => format!("- [{title}]({address}.md)\n"),
        false => format!("- [{title}]({address}.md): {}\n", one_line(&head.answer)),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `GET /opensearch.xml`: lets a browser search the help centre from its address bar.
pub(in crate::http) async fn opensearch(State(state): State<AppState>) -> Response {
    let settings = state.settings();
    let lang: Lang = settings.site.default_lang;
    let site = frame::site_name(settings, lang);
    let about = messages::fill(lang, "opensearch_description", &[("site", &site)]);
    let short: String = site.chars().take(16).collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n\
         <ShortName>{}</ShortName>\n<Description>{}</Description>\n<InputEncoding>UTF-8</InputEncoding>\n\
         <Url type=\"text/html\" template=\"{}\"/>\n</OpenSearchDescription>\n",
        escape(&short),
        escape(&about),
        escape(&addresses::public(settings, "/search?q={searchTerms}")),
    );
    let kind = "application/opensearchdescription+xml; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
