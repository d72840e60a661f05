//! Is a token good, and what does it say? The key that it names, that key's algorithm, the signature, then the times, then the rest.

use super::Refused;
use super::claims::{Claims, Head, parts, read};
use crate::config::{Identity, KeyCheck};
use crate::model::{Customer, Email, MAX_CUSTOMER_PRODUCTS, PersonName, Subject, Tier};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use sha2::{Digest, Sha256};

/// The longest `jti`, in bytes.
const MAX_ID_BYTES: usize = 200;
/// The longest name of a product, in characters.
const MAX_PRODUCT_CHARS: usize = 100;

/// What a good token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// Of whom.
    pub customer: Customer,
    /// Names this one token: it may be used once as a link.
    pub id: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Verifies tokens with the keys of `kb.toml`.
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<(String, Algorithm, DecodingKey)>,
    rules: Identity,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({} keys)", self.keys.len())
    }
}

impl Verifier {
    /// A verifier by these settings.
    pub fn new(rules: &Identity) -> Self {
        let keys = rules.keys.iter().map(|key| match &key.check {
            KeyCheck::Hs256(secret) => (
                key.id.clone(),
                Algorithm::HS256,
                DecodingKey::from_secret(secret.reveal().as_bytes()),
            ),
            KeyCheck::Ed25519(public) => (
                key.id.clone(),
                Algorithm::EdDSA,
                DecodingKey::from_ed_der(public),
            ),
        });
        Self {
            keys: keys.collect(),
            rules: rules.clone(),
        }
    }

    /// Reads a token at `now`. `gives` says whether an audience of that name can be given: the list is the schema's.
    ///
    /// # Errors
    /// [`Refused`] says why it is not taken.
    pub fn verify(
        &self,
        token: &str,
        now: Timestamp,
        gives: impl Fn(&str) -> bool,
    ) -> Result<Proved, Refused> {
        let parts = parts(token)?;
        if parts.head.crit.is_some() {
            return Err(Refused::Critical);
        }
        let (id, algorithm, key) = self.key_of(&parts.head)?;
        let genuine = crypto::verify(parts.signature, parts.signed.as_bytes(), key, *algorithm);
        if !genuine.unwrap_or(false) {
            return Err(Refused::Signature);
        }
        let claims: Claims = read("claims", parts.claims)?;
        let expires_at = self.in_time(&claims, now)?;
        self.between_us(&claims)?;
        let customer = customer(&claims, &self.rules)?;
        if !gives(&customer.audience) {
            return Err(Refused::Audience);
        }
        Ok(Proved {
            customer,
            id: name_of(id, &claims, parts.signed)?,
            expires_at,
        })
    }

    /// The key that a token is to be verified with; it must be signed by that key's own algorithm.
    fn key_of(&self, head: &Head) -> Result<&(String, Algorithm, DecodingKey), Refused> {
        let key = match (&head.kid, self.keys.as_slice()) {
            (_, []) => return Err(Refused::NoKeys),
            (None, [only]) => only,
            (None, _) => return Err(Refused::NoKey),
            (Some(kid), keys) => keys
                .iter()
                .find(|(id, ..)| id == kid)
                .ok_or(Refused::UnknownKey)?,
        };
        let name = match key.1 {
            Algorithm::EdDSA => "EdDSA",
            _ => "HS256",
        };
        match head.alg == name {
            true => Ok(key),
            false => Err(Refused::Algorithm(name)),
        }
    }

    /// When the token ends, if it is valid at `now`.
    fn in_time(&self, claims: &Claims, now: Timestamp) -> Result<Timestamp, Refused> {
        let skew = SignedDuration::from_secs(i64::from(self.rules.skew_seconds));
        let expires_at = instant("exp", claims.exp)?;
        let begun = claims.iat.map(|at| instant("iat", at)).transpose()?;
        let starts = claims.nbf.map(|at| instant("nbf", at)).transpose()?;
        if now.duration_since(expires_at) >= skew {
            return Err(Refused::Expired);
        }
        if [begun, starts]
            .into_iter()
            .flatten()
            .any(|at| at.duration_since(now) > skew)
        {
            return Err(Refused::Early);
        }
        let longest = SignedDuration::from_secs(i64::from(self.rules.longest_seconds));
        let life = expires_at.duration_since(begun.unwrap_or(now));
        let ahead = expires_at.duration_since(now);
        if life > longest || ahead > longest.saturating_add(skew) {
            return Err(Refused::TooLongLived(self.rules.longest_seconds));
        }
        Ok(expires_at)
    }

    /// Whether it is from the site that we know, for us.
    fn between_us(&self, claims: &Claims) -> Result<(), Refused> {
        if let Some(issuer) = &self.rules.issuer
            && claims.iss.as_ref() != Some(issuer)
        {
            return Err(Refused::Issuer);
        }
        if let Some(recipient) = &self.rules.recipient
            && !claims.aud.as_ref().is_some_and(|aud| aud.has(recipient))
        {
            return Err(Refused::Recipient);
        }
        Ok(())
    }
}

/// An instant of a claim; fractions of seconds are dropped.
fn instant(name: &'static str, seconds: f64) -> Result<Timestamp, Refused> {
    let refused = || Refused::Claim(name, "is no time in seconds since 1970".to_owned());
    // Beyond, a number says nothing any more about seconds, or about our calendar.
    if !(0.0..=250_000_000_000.0).contains(&seconds) {
        return Err(refused());
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the number is within a calendar's seconds"
    )]
    Timestamp::from_second(seconds as i64).map_err(|_| refused())
}

fn customer(claims: &Claims, rules: &Identity) -> Result<Customer, Refused> {
    let why = |name: &'static str| {
        move |why: &dyn std::fmt::Display| Refused::Claim(name, format!("is refused: {why}"))
    };
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let subject = Subject::parse(&claims.sub).map_err(|e| why("sub")(&e))?;
    let name = given(&claims.name).map(|name| PersonName::parse(&name));
    let email = given(&claims.email).map(|email| Email::parse(&email));
    let tier = given(&claims.tier).map(|tier| Tier::parse(&tier));
    let products = &claims.products;
    let fine = |product: &String| {
        !product.is_empty()
            && product.chars().count() <= MAX_PRODUCT_CHARS
            && !product.chars().any(char::is_control)
    };
    if products.len() > MAX_CUSTOMER_PRODUCTS || !products.iter().all(fine) {
        let rule = format!("has more than {MAX_CUSTOMER_PRODUCTS} products, or an odd one");
        return Err(Refused::Claim("products", rule));
    }
    Ok(Customer {
        person: None,
        subject,
        name: name.transpose().map_err(|e| why("name")(&e))?,
        email: email.transpose().map_err(|e| why("email")(&e))?,
        audience: given(&claims.audience).unwrap_or_else(|| rules.audience.clone()),
        tier: tier.transpose().map_err(|e| why("tier")(&e))?,
        products: products.clone(),
    })
}

/// The name of this token: its `jti` with its key, else what was signed. Hashed, so that all are short and say nothing.
fn name_of(key: &str, claims: &Claims, signed: &str) -> Result<String, Refused> {
    let text = match &claims.jti {
        Some(jti) if jti.is_empty() || jti.len() > MAX_ID_BYTES => {
            let rule = format!("must have 1 to {MAX_ID_BYTES} bytes");
            return Err(Refused::Claim("jti", rule));
        }
        Some(jti) => format!("jti {key} {jti}"),
        None => format!("signed {signed}"),
    };
    let hash = Sha256::digest(text.as_bytes());
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
