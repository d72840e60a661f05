// What does the help centre answer? Asks its API, remembers a few answers, and says in one word what failed.

const REMEMBERED = 40;
const FRESH_MS = 5 * 60 * 1000;
const PATIENCE_MS = 10_000;

// `kind` is a key of the texts: offline, network, busy, broken.
export class Failure extends Error {
  constructor(kind, seconds) {
    super(kind);
    this.kind = kind;
    this.seconds = seconds;
  }
}

export class Client {
  #base;
  #answers = new Map();

  #box;

  // `base` is the address of the help centre, with a slash at the end; the box's `token()` says who the reader is, if anybody knows.
  constructor(base, box) {
    this.#base = base;
    this.#box = box;
  }

  suggest(query, signal) {
    return this.#get(`api/v1/suggest?${new URLSearchParams({ q: query, limit: 6 })}`, signal);
  }

  search(query, signal) {
    return this.#get(`api/v1/search?${new URLSearchParams({ q: query, limit: 8 })}`, signal);
  }

  article(id, signal) {
    return this.#get(`api/v1/articles/${id.split('/').map(encodeURIComponent).join('/')}`, signal);
  }

  async #get(path, signal) {
    const token = await this.#token();
    const key = path + token;
    const known = this.#answers.get(key);
    if (known && performance.now() - known.at < FRESH_MS) return this.#remember(key, known);
    const answer = await this.#fetch(new URL(path, this.#base), signal, token);
    return this.#remember(key, { answer, at: performance.now() });
  }

  // Who the reader is; `refused` asks for another token than the last. A page that cannot say so makes nobody of him.
  async #token(refused) {
    try {
      return await this.#box.token(refused);
    } catch {
      return null;
    }
  }

  // Least recently used first, so that the first key is the one to forget.
  #remember(path, entry) {
    this.#answers.delete(path);
    this.#answers.set(path, entry);
    if (this.#answers.size > REMEMBERED) this.#answers.delete(this.#answers.keys().next().value);
    return entry.answer;
  }

  // No cookies go along to another site, ever.
  async #fetch(url, signal, token, again) {
    const abort = new AbortController();
    const stop = () => abort.abort();
    signal.addEventListener('abort', stop);
    const timer = setTimeout(stop, PATIENCE_MS);
    try {
      const response = await fetch(url, {
        signal: abort.signal,
        headers: { accept: 'application/json', ...this.#box.names(token) },
      });
      // A token that is over is asked for once more; without another, the reader is nobody, and that is no error.
      if (token && response.status === 401) {
        const fresh = again ? null : await this.#token(true);
        return await this.#fetch(url, signal, fresh === token ? null : fresh, true);
      }
      if (!response.ok) throw refusal(response);
      return await response.json();
    } catch (error) {
      if (signal.aborted || error instanceof Failure) throw error;
      throw new Failure(error instanceof SyntaxError ? 'broken' : navigator.onLine ? 'network' : 'offline');
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}

function refusal(response) {
  if (response.status === 429) return new Failure('busy', Number(response.headers.get('retry-after')) || 10);
  return new Failure('broken');
}
