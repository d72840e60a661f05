// Does any HTML that an author may write run anything? What is made of hostile Markdown stands in pages of a real browser, without the
// policy that would stop it too, and is parsed again and again.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DESK, openPage, startBrowser, startKb, until } from './support.mjs';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const VECTORS = readFileSync(join(FOLDER, '../fixtures/hostile/mxss.txt'), 'utf8').trimEnd().split('\n');

let kb, browser;
before(async () => {
  kb = await startKb([]);
  mkdirSync(join(kb.folder, 'kb/hostile'));
  VECTORS.forEach((vector, n) => writeFileSync(join(kb.folder, `kb/hostile/v${n}.md`), `+++\ntitle = "v${n}"\n+++\n${vector}\n`));
  browser = await startBrowser();
  await until(async () => (await (await fetch(`${kb.url}/api/v1/articles?limit=1`)).json()).total >= VECTORS.length, 'all are there');
});
after(async () => {
  await browser?.close();
  await kb?.stop();
});

// Says what ran, whatever way it was called.
async function watch(page) {
  const ran = [];
  page.on('dialog', (dialog) => (ran.push(`a dialog: ${dialog.message()}`), dialog.dismiss()));
  await page.exposeFunction('ran', (what) => ran.push(what));
  await page.addInitScript(() => (window.alert = () => window.ran(`alert on ${location.pathname}`)));
  return ran;
}

// What may run something if it is touched, loaded or focused, below `root`.
const suspicious = (root) => [...root.querySelectorAll('*')].flatMap((node) => {
  const bad = 'script style iframe object embed form input svg math base meta link template'.split(' ');
  const names = [...node.attributes].filter(({ name, value }) => /^on|^(style|srcdoc|background)$/.test(name) || /^(xlink:)?(href|src)$/.test(name) && /^[\s\u0000-\u0020]*(javascript|vbscript|data):/i.test(value));
  return [...(bad.includes(node.localName) ? [`<${node.localName}>`] : []), ...names.map(({ name, value }) => `${name}=${value}`)];
});

test('S04 no hostile Markdown runs anything on its page', async () => {
  const page = await openPage(browser, kb.url, { ...DESK, bypassCSP: true });
  const ran = await watch(page);
  for (const n of VECTORS.keys()) {
    await page.goto(`${kb.url}/a/hostile/v${n}`, { waitUntil: 'load' });
    const found = await page.locator('#prose').evaluate((prose, look) => {
      for (const node of prose.querySelectorAll('*')) node.focus?.();
      return new Function(`return ${look}`)()(prose);
    }, suspicious.toString());
    assert.deepEqual(found, [], VECTORS[n]);
  }
  assert.deepEqual(ran, []);
  await page.done();
});

test('S04 what was rendered stays harmless however often a browser parses and writes it', async () => {
  const page = await openPage(browser, `${kb.url}/healthz`, { ...DESK, bypassCSP: true });
  const ran = await watch(page);
  await page.goto(`${kb.url}/embed/demo`);
  for (const n of VECTORS.keys()) {
    const { html } = await (await fetch(`${kb.url}/api/v1/articles/hostile/v${n}`)).json();
    const found = await page.evaluate(async ([html, look]) => {
      const places = ['div', 'p', 'table', 'select', 'textarea', 'title', 'noscript', 'template'].map((name) => document.body.appendChild(document.createElement(name)));
      const svg = document.body.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
      const math = document.body.appendChild(document.createElementNS('http://www.w3.org/1998/Math/MathML', 'math'));
      const mutated = [];
      for (const place of [...places, svg, math]) {
        let text = html;
        for (let i = 0; i < 3; i++) {
          place.innerHTML = text;
          text = place.innerHTML;
        }
        const again = document.body.appendChild(document.createElement('div'));
        again.innerHTML = text;
        mutated.push(...new Function(`return ${look}`)()(again));
        const pictures = [...document.body.querySelectorAll('img')].map((img) => img.complete || new Promise((done) => (img.onload = img.onerror = done)));
        await Promise.race([Promise.all(pictures), new Promise((done) => setTimeout(done, 1000))]);
        for (const node of [place, again]) node.remove();
      }
      return mutated;
    }, [html, suspicious.toString()]);
    assert.deepEqual(found, [], VECTORS[n]);
  }
  assert.deepEqual(ran, []);
  // The hook works: what is not sanitised is noticed.
  await page.evaluate(() => (document.body.appendChild(document.createElement('div')).innerHTML = '<img src=x onerror=alert(1)>'));
  await until(() => ran.length > 0, 'the hook hears an alert');
  await page.done();
});
