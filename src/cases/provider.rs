//! What does the identity provider say? Its addresses and keys, the way there, and the token that comes back, checked.

use super::Refusal;
use crate::config::Oidc;
use crate::error::{Error, Result};
use crate::hooks::Fetch;
use crate::model::{Email, Token};
use crate::store::Departure;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AdditionalClaims, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse,
    SubjectIdentifier, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long what a provider says of itself is believed, in minutes.
const KEPT_MINUTES: i64 = 10;
/// How soon its keys are asked for again when a token is signed by one that is not known, in seconds.
const AGAIN_SECONDS: i64 = 30;
/// How tokens may be signed: by keys that the provider publishes, never by `none` and never by what we share with it.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beside those that the standard names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct More {
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl AdditionalClaims for More {}

type IdFields = IdTokenFields<
    More,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Answer = StandardTokenResponse<IdFields, CoreTokenType>;
type Asking = Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// An identity provider.
pub(super) struct Provider {
    settings: Oidc,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    fetch: Fetch,
    metadata: CoreProviderMetadata,
    at: Timestamp,
}

/// Somebody on the way there.
pub(super) struct Leaving {
    pub(super) url: String,
    pub(super) verifier: String,
}

/// Whom the provider vouches for.
#[derive(Debug)]
pub(super) struct Vouched {
    pub(super) subject: String,
    pub(super) email: Email,
    pub(super) name: String,
    /// The values of the claim that gives roles.
    pub(super) values: Vec<String>,
}

/// The provider could not be asked.
#[derive(Debug)]
struct Unreachable(anyhow::Error);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for Unreachable {}

impl Provider {
    pub(super) fn shared(settings: &Oidc) -> Arc<Self> {
        Arc::new(Self {
            settings: settings.clone(),
            known: Mutex::new(None),
        })
    }

    /// The address at the provider to which somebody goes.
    pub(super) async fn leave(
        &self,
        back: &str,
        state: &Token,
        nonce: &Token,
        now: Timestamp,
    ) -> Result<Leaving> {
        let known = self.known(now, false).await?;
        let client = self.client(&known, back)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (state, nonce) = (state.reveal().to_owned(), nonce.reveal().to_owned());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(challenge);
        let own = self.settings.scopes.iter().map(String::as_str);
        for scope in ["email", "profile"].into_iter().chain(own) {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        let (url, _, _) = request.url();
        Ok(Leaving {
            url: url.to_string(),
            verifier: verifier.secret().clone(),
        })
    }

    /// Takes the code to the provider, and checks what it says of who brought it.
    pub(super) async fn vouch(
        &self,
        back: &str,
        code: &str,
        departure: &Departure,
        now: Timestamp,
    ) -> Result<Vouched> {
        let known = self.known(now, false).await?;
        let client = self.client(&known, back)?;
        let fetch = known.fetch.clone();
        let http = |request: HttpRequest| call(fetch.clone(), request);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|e| silent(&e))?
            .set_pkce_verifier(PkceCodeVerifier::new(departure.verifier.clone()));
        let answer: Answer = exchange.request_async(&http).await.map_err(|e| match e {
            openidconnect::RequestTokenError::Request(e) => silent(&e),
            other => doubtful(&other),
        })?;
        let nonce = Nonce::new(departure.nonce.clone());
        let first = self.read(&client, &answer, &nonce);
        let mut vouched = match first {
            Err(_) if is_old(&known, now) => {
                // It may be signed by a key that the provider has had since.
                let known = self.known(now, true).await?;
                let client = self.client(&known, back)?;
                self.read(&client, &answer, &nonce)
            }
            read => read,
        }?;
        if vouched.email.is_none() || !vouched.has_values {
            let subject = SubjectIdentifier::new(vouched.subject.clone());
            let token = answer.access_token().clone();
            self.ask_more(&client, &http, (token, subject), &mut vouched)
                .await;
        }
        vouched.whole()
    }

    /// Reads the token. Issuer, audience, expiry, signature and nonce are checked by it.
    fn read(&self, client: &Asking, answer: &Answer, nonce: &Nonce) -> Result<Partly> {
        let token = answer
            .extra_fields()
            .id_token()
            .ok_or_else(|| doubtful(&"there is no id token"))?;
        let verifier = client.id_token_verifier().set_allowed_algs(SIGNED_BY);
        let claims = token.claims(&verifier, nonce).map_err(|e| doubtful(&e))?;
        let verified = claims.email_verified() == Some(true);
        let rest = &claims.additional_claims().rest;
        let name = claims.name().and_then(|name| name.get(None));
        Ok(Partly {
            subject: claims.subject().as_str().to_owned(),
            email: claims
                .email()
                .map(|email| (email.as_str().to_owned(), verified)),
            name: name
                .map(|name| name.as_str().to_owned())
                .unwrap_or_default(),
            has_values: rest.contains_key(&self.settings.role_claim)
                || self.settings.roles.is_empty(),
            values: self.values(rest),
        })
    }

    /// Many providers say names, addresses and groups only where they are asked for with the access token.
    async fn ask_more<F, C>(
        &self,
        client: &Asking,
        http: &C,
        (token, subject): (AccessToken, SubjectIdentifier),
        vouched: &mut Partly,
    ) where
        C: Fn(HttpRequest) -> F + Sync,
        F: Future<Output = std::result::Result<HttpResponse, Unreachable>> + Send,
    {
        let Ok(request) = client.user_info(token, Some(subject)) else {
            return;
        };
        // The subject is compared there: an answer about somebody else is an error.
        let asked = request.require_signed_response(false);
        let told: std::result::Result<UserInfoClaims<More, CoreGenderClaim>, _> =
            asked.request_async(http).await;
        let Ok(claims) = told else {
            tracing::warn!("the identity provider says nothing more of somebody who signs in");
            return;
        };
        let verified = claims.email_verified() == Some(true);
        let email = claims.email().map(|email| email.as_str().to_owned());
        vouched.email = vouched
            .email
            .take()
            .or_else(|| email.map(|email| (email, verified)));
        if vouched.name.is_empty()
            && let Some(name) = claims.name().and_then(|name| name.get(None))
        {
            vouched.name = name.as_str().to_owned();
        }
        vouched
            .values
            .extend(self.values(&claims.additional_claims().rest));
    }

    /// The values of the claim that gives roles: a text, or a list of texts.
    fn values(&self, claims: &Map<String, Value>) -> Vec<String> {
        match claims.get(&self.settings.role_claim) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(all)) => {
                let texts = all.iter().filter_map(Value::as_str);
                texts.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    fn client(&self, known: &Known, back: &str) -> Result<Asking> {
        let secret = self.settings.client_secret.as_ref();
        let client = Asking::from_provider_metadata(
            known.metadata.clone(),
            ClientId::new(self.settings.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.reveal().to_owned())),
        );
        let back = RedirectUrl::new(back.to_owned()).map_err(|e| silent(&e))?;
        Ok(client.set_redirect_uri(back))
    }

    /// What the provider says of itself, asked anew when that is long ago or `fresh` is wanted.
    async fn known(&self, now: Timestamp, fresh: bool) -> Result<Known> {
        let mut known = self.known.lock().await;
        let kept = SignedDuration::from_mins(KEPT_MINUTES);
        if let Some(known) = known.as_ref()
            && !fresh
            && now.duration_since(known.at).abs() < kept
        {
            return Ok(known.clone());
        }
        let fetch = match known.as_ref() {
            Some(known) => known.fetch.clone(),
            None => Fetch::new().map_err(|e| silent(&format!("{e:#}")))?,
        };
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|e| silent(&e))?;
        let http = |request: HttpRequest| call(fetch.clone(), request);
        let metadata = CoreProviderMetadata::discover_async(issuer, &http)
            .await
            .map_err(|e| silent(&chain(&e)))?;
        let found = Known {
            fetch: fetch.clone(),
            metadata,
            at: now,
        };
        *known = Some(found.clone());
        Ok(found)
    }
}

/// What is known of somebody so far.
struct Partly {
    subject: String,
    /// The address, and whether the provider has verified it.
    email: Option<(String, bool)>,
    name: String,
    has_values: bool,
    values: Vec<String>,
}

impl Partly {
    fn whole(self) -> Result<Vouched> {
        let (email, verified) = self
            .email
            .ok_or_else(|| doubtful(&"it says no mail address"))?;
        if !verified {
            return Err(doubtful(&"the mail address is not verified"));
        }
        Ok(Vouched {
            subject: self.subject,
            email: Email::parse(&email).map_err(|e| doubtful(&e))?,
            name: self.name,
            values: self.values,
        })
    }
}

fn is_old(known: &Known, now: Timestamp) -> bool {
    now.duration_since(known.at).abs() > SignedDuration::from_secs(AGAIN_SECONDS)
}

async fn call(
    fetch: Fetch,
    request: HttpRequest,
) -> std::result::Result<HttpResponse, Unreachable> {
    let (head, body) = request.into_parts();
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect();
    let (method, url) = (head.method.as_str(), head.uri.to_string());
    let answer = fetch.exchange(method, &url, &headers, body).await;
    let answer = answer.map_err(Unreachable)?;
    let mut response = openidconnect::http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response
        .body(answer.body)
        .map_err(|e| Unreachable(anyhow::Error::new(e)))
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}

/// The provider does not answer, or not as a provider does.
fn silent(why: &dyn fmt::Display) -> Error {
    tracing::warn!(%why, "the identity provider cannot be used");
    Refusal::Provider.into()
}

/// What it says does not hold.
fn doubtful(why: &dyn fmt::Display) -> Error {
    tracing::warn!(%why, "a sign-in by the identity provider was refused");
    Refusal::Foreign.into()
}
