// A mail server for browser tests: takes every mail and keeps it, decoded. Alone it runs as `node smtp-sink.mjs`, prints its
// address, then each mail as one line of JSON.

import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';

// `url` is for mail.smtp_url; `mails` grows; `waitFor(test)` gives the first mail that passes, within `ms`.
export async function startSink() {
  const mails = [];
  const waiting = new Set();
  const sockets = new Set();
  const keep = (mail) => {
    mails.push(mail);
    for (const look of [...waiting]) look();
  };
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}));
    talk(socket, keep);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const waitFor = (test, ms = 20_000) =>
    new Promise((resolve, reject) => {
      const end = (finish, value) => {
        clearTimeout(late);
        waiting.delete(look);
        finish(value);
      };
      const look = () => {
        const found = mails.find(test);
        if (found) end(resolve, found);
      };
      const subjects = () => mails.map((mail) => `${mail.to}: ${mail.subject}`).join('\n');
      const late = setTimeout(() => end(reject, new Error(`no such mail; there are\n${subjects()}`)), ms);
      waiting.add(look);
      look();
    });
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `smtp://127.0.0.1:${server.address().port}`, mails, waitFor, stop };
}

function talk(socket, keep) {
  let rest = Buffer.alloc(0);
  let envelope = { from: '', to: [] };
  let data = null;
  const say = (line) => socket.write(`${line}\r\n`);
  const command = (line) => {
    const address = line.match(/<([^>]*)>/)?.[1] ?? '';
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO': return say('250-sink\r\n250 8BITMIME');
      case 'HELO': case 'NOOP': return say('250 yes');
      case 'MAIL': envelope = { from: address, to: [] }; return say('250 fine');
      case 'RCPT': envelope.to.push(address); return say('250 fine');
      case 'DATA': data = []; return say('354 go on');
      case 'RSET': envelope = { from: '', to: [] }; return say('250 forgotten');
      case 'QUIT': say('221 bye'); return socket.end();
      default: return say('500 what?');
    }
  };
  const line = (text) => {
    if (data === null) return command(text);
    if (text !== '.') return data.push(text.startsWith('.') ? text.slice(1) : text);
    keep({ ...envelope, ...read(data.join('\r\n')) });
    data = null;
    say('250 kept');
  };
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf('\r\n'); at >= 0; at = rest.indexOf('\r\n')) {
      const text = rest.subarray(0, at).toString('latin1');
      rest = rest.subarray(at + 2);
      line(text);
    }
  });
  say('220 sink');
}

// Head, text, HTML and links of a mail as kb writes them.
export function read(raw) {
  const { headers, body } = split(raw);
  const boundary = headers['content-type']?.match(/boundary="?([^";]+)/)?.[1];
  const parts = boundary ? body.split(`--${boundary}`).slice(1, -1).map((part) => split(part.replace(/^\r\n/, ''))) : [{ headers, body }];
  const of = (type) => {
    const part = parts.find(({ headers }) => (headers['content-type'] ?? 'text/plain').startsWith(type));
    return part ? decode(part) : '';
  };
  const text = of('text/plain');
  const links = [...text.matchAll(/https?:\/\/\S+/g)].map(([url]) => url);
  return { headers, subject: words(headers.subject ?? ''), text, html: of('text/html'), links, raw };
}

function split(raw) {
  const at = raw.indexOf('\r\n\r\n');
  const head = raw.slice(0, at).replace(/\r\n[ \t]+/g, ' ');
  const headers = {};
  for (const line of head.split('\r\n')) {
    const [name, ...value] = line.split(':');
    headers[name.toLowerCase()] ??= value.join(':').trim();
  }
  return { headers, body: raw.slice(at + 4) };
}

function decode({ headers, body }) {
  switch ((headers['content-transfer-encoding'] ?? '').toLowerCase()) {
    case 'base64': return Buffer.from(body, 'base64').toString('utf8');
    case 'quoted-printable': return Buffer.from(unquote(body.replace(/=\r\n/g, '')), 'latin1').toString('utf8');
    default: return Buffer.from(body, 'latin1').toString('utf8');
  }
}

const unquote = (text) => text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));

function words(text) {
  const joined = text.replace(/\?=\s+=\?/g, '?==?');
  const bytes = joined.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, form, word) =>
    form.toLowerCase() === 'b' ? Buffer.from(word, 'base64').toString('latin1') : unquote(word.replace(/_/g, ' ')));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const sink = await startSink();
  console.log(sink.url);
  let shown = 0;
  await sink.waitFor(() => {
    for (; shown < sink.mails.length; shown += 1) console.log(JSON.stringify(sink.mails[shown]));
    return false;
  }, 2 ** 31 - 1);
}
