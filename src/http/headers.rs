//! What may a browser do with an answer? Security headers on every response.
