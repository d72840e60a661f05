//! What is where? All routes on one screen.

use super::state::AppState;
use super::{api, assets, boundary, desk, error, files, media, operations, pages};
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware;
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bodies smaller than this, in bytes, fit into a packet or two and are sent as they are.
const COMPRESS_FROM: u64 = 1024;

/// Everything that can be asked for over HTTP.
pub fn app(state: AppState) -> Router {
    let (api, _) = api_routes().split_for_parts();
    let routes = Router::new()
        .route("/", get(pages::home))
        .route("/search", get(pages::search))
        .route("/c", get(pages::everything))
        .route("/c/", get(pages::everything_slashed))
        .route("/c/{*path}", get(pages::category))
        .route("/a/{*id}", get(pages::article))
        .route("/files/{*path}", get(files::file))
        .route("/ask", get(pages::ask).post(pages::send_question))
        .route("/solved", post(pages::solved))
        .route("/case/resend", get(pages::resend).post(pages::send_again))
        .route("/case/{token}", get(pages::case))
        .route("/case/{token}/messages", post(pages::write))
        .route("/case/{token}/confirm", post(pages::confirm))
        .route("/case/{token}/reopen", post(pages::reopen))
        .route("/case/{token}/rating", post(pages::rate))
        .route("/case/{token}/now", get(pages::case_now))
        .route("/case/{token}/events", get(pages::case_events))
        .route("/case/{token}/presence", post(pages::case_presence))
        .route("/case/{token}/files/{id}/{name}", get(pages::case_file))
        .route(
            "/case/{token}/answers",
            get(pages::case_answers).post(pages::accept),
        )
        .route("/sign-in", get(pages::sign_in).post(pages::mail_code))
        .route("/sign-in/code", get(pages::sign_in).post(pages::enter_code))
        .route("/sign-in/link", get(pages::sign_in).post(pages::take_link))
        .route("/sign-out", post(pages::sign_out))
        .route("/see-as", post(pages::see_as))
        .route("/follow", get(pages::follow).post(pages::send_follow))
        .route(
            "/follow/{word}/{signed}",
            get(pages::follow_tap).post(pages::follow_tapped),
        )
        .route("/me", get(pages::me))
        .route("/me/cases/{number}", post(pages::open_own_case))
        .route("/me/reading", post(pages::change_reading))
        .route("/me/follows", post(pages::stop_following))
        .route("/me/export", post(pages::export))
        .route("/me/erase", get(pages::erase_form).post(pages::erase))
        .route("/questions", get(pages::questions))
        .route("/questions/feed.xml", get(pages::question_feed))
        .route("/q/{number}", get(pages::question))
        .route("/q/{number}/vote", post(pages::vote))
        .route("/q/{number}/answers", post(pages::answer_question))
        .route("/tap/{word}/{signed}", get(pages::tap).post(pages::tapped))
        .route("/feed.atom", get(pages::feed))
        .route("/sitemap.xml", get(pages::sitemap))
        .route("/robots.txt", get(pages::robots))
        .route("/.well-known/security.txt", get(pages::security))
        .route("/llms.txt", get(pages::llms))
        .route("/opensearch.xml", get(pages::opensearch))
        .route("/favicon.svg", get(pages::icon))
        .route("/favicon.ico", get(pages::icon))
        .route("/apple-touch-icon.png", get(pages::touch_icon))
        .route("/apple-touch-icon-precomposed.png", get(pages::touch_icon))
        .route("/embed/demo", get(pages::embed_demo))
        .route("/embed/v1/kb-search.js", get(assets::box_script))
        .route("/embed/v1/kb-ask.js", get(assets::box_ask_script))
        .route("/assets/site.css", get(pages::style_sheet))
        .route("/assets/logo", get(pages::logo))
        .route("/assets/{*path}", get(assets::asset))
        .route("/api/v1/openapi.json", get(api::docs::openapi_document))
        .route("/api/v1/docs", get(pages::api_docs))
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics))
        .merge(api)
        .merge(desk::routes())
        .fallback(pages::elsewhere);
    around(routes, state)
}

/// What can be asked for at `metrics.listen`: figures, and whether it is well.
pub(super) fn figures(state: AppState) -> Router {
    let routes = Router::new()
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics));
    around(routes, state).layer(Extension(operations::FiguresDoor))
}

/// Puts around all routes what every request passes, the outermost first. A panic in a handler ends that request only.
pub(super) fn around(routes: Router<AppState>, state: AppState) -> Router {
    let layers = ServiceBuilder::new()
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_FROM).and(has_text)))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            boundary::boundary,
        ))
        .layer(CatchPanicLayer::custom(error::panicked));
    routes.layer(layers).with_state(state)
}

fn has_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(media::is_text)
}

/// The description of the API, made from the handlers and their types. A parameter that takes several segments of a path
/// is written as any other, since OpenAPI knows no such thing.
pub fn openapi() -> OpenApi {
    let mut document = api_routes().split_for_parts().1;
    let paths = std::mem::take(&mut document.paths.paths).into_iter();
    document.paths.paths = paths
        .map(|(path, item)| (path.replace("{*", "{"), item))
        .collect();
    document
}

fn api_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(api::docs::Description::openapi())
        .routes(routes!(api::search::search))
        .routes(routes!(api::suggest::suggest))
        .routes(routes!(api::articles::articles))
        .routes(routes!(api::article::article))
        .routes(routes!(api::categories::categories))
        .routes(routes!(api::visits::note_visit))
        .routes(routes!(api::cases::ask_form))
        .routes(routes!(api::cases::open_case))
        .routes(routes!(api::cases::read_case))
        .routes(routes!(api::cases::write_message))
        .routes(routes!(api::cases::attach))
        .routes(routes!(api::cases::say_solved))
        .routes(routes!(api::cases::reopen_case))
        .routes(routes!(api::cases::rate_case))
        .routes(routes!(api::questions::questions))
        .routes(routes!(api::questions::question))
        .routes(routes!(api::questions::vote))
        .routes(routes!(api::questions::answer))
}
