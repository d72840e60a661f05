//! What did a visitor do? `POST /api/v1/visits/{id}`: beacons of pages and of the box.

use super::json::Body;
use super::problems::{Problems, Writing};
use crate::cases::Step;
use crate::error::{Code, Error};
use crate::http::address::{canonical, id_of};
use crate::http::client::Client;
use crate::http::error::Failure;
use crate::http::extract::Reading;
use crate::http::state::AppState;
use crate::model::{Lang, VisitId};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// The most steps that one beacon brings.
const MAX_STEPS: usize = 20;

/// Steps of a visit, the earliest first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VisitBeacon {
    /// The language of the page: `zh-CN`, `zh-TW` or `en`.
    #[serde(default)]
    #[schema(example = "zh-CN")]
    lang: Option<String>,
    /// At most 20.
    steps: Vec<VisitStep>,
}

/// Something that a visitor did.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "did", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum VisitStep {
    /// Searched. What is still being typed counts as one search.
    Searched {
        /// For what.
        query: String,
        /// How many hits there were.
        results: u32,
        /// Whether the answer was confident.
        confident: bool,
    },
    /// Opened a hit of the last search.
    Clicked {
        /// Its address, as in `/a/account/forgot-password`.
        target: String,
    },
    /// Read a page.
    Read {
        /// Its address.
        target: String,
    },
    /// Said that a page solved the problem.
    Solved {
        /// Its address.
        target: String,
    },
}

/// Note what a visitor did.
///
/// The id is a random UUID that the page makes and keeps for the session; it is all that ties steps together. No address and no
/// cookie is kept. Give the same id as `visit` when a case is opened, and the desk sees what was tried.
#[utoipa::path(post, path = "/api/v1/visits/{id}", tag = "cases", params(
    ("id" = String, Path, description = "A UUID that the page made", example = "01890a5d-ac96-774b-bcce-b302099a8057")
), request_body = VisitBeacon, responses(
    (status = 204, description = "Noted"),
    Problems, Writing,
))]
pub(crate) async fn note_visit(
    State(state): State<AppState>,
    Client(source): Client,
    reading: Reading,
    Path(id): Path<String>,
    Body(beacon): Body<VisitBeacon>,
) -> Result<StatusCode, Failure> {
    let cases = state.cases()?;
    let id = VisitId::parse(&id).map_err(|error| Error::invalid(error.to_string()))?;
    if beacon.steps.len() > MAX_STEPS {
        return Err(Error::invalid(format!("`steps` has at most {MAX_STEPS} entries")).into());
    }
    if cases.limits().visit(source, cases.now()).is_err() {
        return Err(Error::new(Code::RateLimited, "too many steps in a short time").into());
    }
    let lang = beacon.lang.as_deref().and_then(Lang::parse);
    let lang = lang.unwrap_or(state.settings().site.default_lang);
    let steps = beacon.steps.into_iter().filter_map(step);
    let steps: Vec<Step> = steps.filter(|step| is_there(&reading, step)).collect();
    cases.note_visit(id, lang, &steps).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether the page that a step names is one that this visitor may read: what is opened is counted.
fn is_there(reading: &Reading, step: &Step) -> bool {
    match step {
        Step::Searched { .. } => true,
        Step::Clicked(target) | Step::Read(target) | Step::Solved(target) => {
            id_of(target).is_some_and(|id| reading.view().head(&id).is_some())
        }
    }
}

/// A step; addresses that are none of this site are left out.
fn step(step: VisitStep) -> Option<Step> {
    Some(match step {
        VisitStep::Searched {
            query,
            results,
            confident,
        } => Step::Searched {
            query,
            results,
            confident,
        },
        VisitStep::Clicked { target } => Step::Clicked(canonical(&target)?),
        VisitStep::Read { target } => Step::Read(canonical(&target)?),
        VisitStep::Solved { target } => Step::Solved(canonical(&target)?),
    })
}
