// Does the box obey the keyboard, the input method, the screen reader and a network that fails?

import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { PHONE, openBox, startAll, until } from './support.mjs';

let world;
before(async () => (world = await startAll()));
after(() => world.stop());

const open = (query = '', options) => openBox(world.browser, `${world.company.url}/${query}`, options);
const focusedId = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.localName);
const expanded = (page) => page.field.getAttribute('aria-expanded');
const words = (page) => page.locator('kb-search').locator('.panel').innerText();

test('the script with styles and three languages weighs at most 14,000 bytes gzipped', async () => {
  const sent = await new Promise((resolve, reject) => {
    get(`${world.kb.url}/embed/v1/kb-search.js`, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => (bytes += chunk.length));
      response.on('end', () => resolve({ bytes, encoding: response.headers['content-encoding'] }));
    }).on('error', reject);
  });
  assert.equal(sent.encoding, 'gzip');
  assert.ok(sent.bytes <= 14_000, `${sent.bytes} bytes`);
});

describe('keyboard', () => {
  test('/ and Ctrl+K open it, Esc clears, closes, and gives the focus back', async () => {
    const page = await open();
    for (const key of ['/', 'Control+k', 'Meta+k']) {
      await page.focus('#before');
      await page.keyboard.press(key);
      await page.keyboard.type('密码');
      await page.shown('option');
      assert.equal(await page.field.inputValue(), '密码', key);
      await page.keyboard.press('Escape');
      assert.equal(await page.field.inputValue(), '');
      assert.equal(await focusedId(page), 'kb-search');
      await page.keyboard.press('Escape');
      assert.equal(await focusedId(page), 'before');
      assert.equal(await expanded(page), 'false');
    }
    await page.done();
  });

  test('no shortcut works while typing in any field, shadow roots included', async () => {
    const page = await open();
    await page.evaluate(() => {
      const host = document.createElement('x-field');
      host.attachShadow({ mode: 'open' }).innerHTML = '<input id="inner">';
      document.body.append(host);
      const closed = document.createElement('x-closed');
      closed.attachShadow({ mode: 'closed', delegatesFocus: true }).append(document.createElement('input'));
      document.body.append(closed);
    });
    const places = ['#other', 'textarea', '#editable', '#inner'];
    for (const place of places) {
      await page.locator(place).focus();
      await page.keyboard.press('/');
      await page.keyboard.press('Control+k');
      assert.notEqual(await focusedId(page), 'kb-search', place);
    }
    await page.evaluate(() => document.querySelector('x-closed').focus());
    await page.keyboard.press('/');
    assert.equal(await focusedId(page), 'x-closed');
    await page.done();
  });

  test('each shortcut can be turned off', async () => {
    const page = await open('?attributes=shortcuts%3D%22ctrl-k%22');
    await page.focus('#before');
    await page.keyboard.press('/');
    assert.equal(await focusedId(page), 'before');
    await page.keyboard.press('Control+k');
    assert.equal(await focusedId(page), 'kb-search');
    await page.done();
  });

  test('arrows, Home and End move through the options, Enter opens the one selected', async () => {
    const page = await open();
    await page.field.fill('忘记密码怎么办');
    await page.keyboard.press('Enter');
    await until(() => page.asked.some((asked) => asked.startsWith('search')), 'a search');
    await page.shown('hit');
    const selected = () => page.field.getAttribute('aria-activedescendant');
    const last = (await page.options.count()) - 1;
    for (const [key, id] of [['ArrowDown', 0], ['ArrowDown', 1], ['ArrowUp', 0], ['End', last], ['Home', 0], ['ArrowUp', null], ['ArrowUp', last], ['ArrowDown', null], ['ArrowDown', 0]]) {
      await page.keyboard.press(key);
      assert.equal(await selected(), id === null ? null : `option-${id}`, key);
    }
    const target = await page.options.first().getAttribute('href');
    const { pathname } = new URL(target);
    await Promise.all([page.waitForURL((url) => url.pathname === pathname), page.keyboard.press('Enter')]);
    await page.done();
  });

  test('Ctrl+Enter opens the selected one in a new tab', async () => {
    const page = await open();
    await page.field.fill('退款');
    await page.keyboard.press('Enter');
    await page.shown('option');
    await page.keyboard.press('ArrowDown');
    const [tab] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Control+Enter')]);
    assert.ok(tab.url().startsWith(`${world.kb.url}/a/`) || tab.url() === 'about:blank');
    assert.ok(page.url().startsWith(world.company.url));
    await page.done();
  });
});

describe('input methods', () => {
  test('while composing nothing is sent and its keys are ignored; then there is one search', async () => {
    const page = await open();
    await page.field.focus();
    await until(() => page.asked.length === 1, 'what is asked most');
    const session = await page.context().newCDPSession(page);
    for (const text of ['m', 'mi', "mi'm", "mi'ma"]) {
      await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    }
    for (const key of ['Enter', 'ArrowDown', 'Escape']) {
      await page.field.dispatchEvent('keydown', { key, keyCode: 229, isComposing: true, bubbles: true, cancelable: true });
    }
    await page.waitForTimeout(700);
    assert.deepEqual(page.asked.length, 1, page.asked.join());
    assert.equal(await page.field.inputValue(), "mi'ma");
    await session.send('Input.insertText', { text: '密码' });
    await until(() => page.asked.length === 2, 'a search after the composition');
    assert.match(page.asked[1], /^suggest\?q=密码&/);
    await page.shown('hit');
    assert.deepEqual(page.asked.map((asked) => asked.split('?')[0]), ['suggest', 'suggest', 'search']);
    await page.done();
  });

  test('the Enter that confirms a candidate does not submit, the next one does', async () => {
    const page = await open();
    await page.field.focus();
    const at = page.url();
    await page.field.evaluate((input) => {
      const enter = { key: 'Enter', bubbles: true, composed: true, cancelable: true };
      input.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
      input.value = '退款';
      input.dispatchEvent(new CompositionEvent('compositionend', { data: '退款', bubbles: true }));
      // Safari: the key of the candidate comes after the end of the composition.
      input.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }));
      input.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 13 }));
    });
    assert.deepEqual(page.asked.filter((asked) => asked.startsWith('search')), []);
    await page.waitForTimeout(120);
    await page.keyboard.press('Enter');
    await until(() => page.asked.some((asked) => asked.startsWith('search?q=退款')), 'the search');
    assert.equal(page.url(), at);
    await page.done();
  });

  test('on Android a pause counts while composing, and the field is never written to', async () => {
    const page = await open('', { ...PHONE, userAgent: 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36' });
    await page.field.focus();
    const session = await page.context().newCDPSession(page);
    await session.send('Input.imeSetComposition', { text: 'pass', selectionStart: 4, selectionEnd: 4 });
    await until(() => page.asked.some((asked) => asked.startsWith('suggest?q=pass')), 'a search while composing');
    await page.evaluate(() => document.querySelector('kb-search').open({ query: 'other' }));
    assert.equal(await page.field.inputValue(), 'pass');
    await page.done();
  });
});

describe('accessibility tree', () => {
  test('a combobox with a list of options and a status that waits', async () => {
    const page = await open();
    assert.equal(await expanded(page), 'false');
    await page.field.fill('密码');
    await page.keyboard.press('Enter');
    await page.shown('hit');
    const attributes = ['role', 'aria-expanded', 'aria-controls', 'aria-autocomplete', 'aria-label', 'enterkeyhint'];
    const values = await Promise.all(attributes.map((name) => page.field.getAttribute(name)));
    assert.deepEqual(values, ['combobox', 'true', 'list', 'list', '搜索帮助中心', 'search']);
    const tree = await page.locator('kb-search').ariaSnapshot();
    assert.match(tree, /combobox "搜索帮助中心"/);
    assert.match(tree, /listbox/);
    assert.match(tree, /option/);
    const status = page.locator('kb-search').locator('[role=status]');
    assert.equal(await status.textContent(), '');
    await until(async () => /^找到 \d+ 条/.test(await status.textContent()), 'the number of results is said');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.options.first().getAttribute('aria-selected'), 'true');
    await page.done();
  });

  test('on a phone it is a sheet with targets of 44 px and 16 px text', async () => {
    const page = await open('', PHONE);
    await page.field.tap();
    await page.field.fill('密码');
    await page.keyboard.press('Enter');
    await page.shown('hit');
    const box = await page.locator('kb-search').locator('.box').boundingBox();
    assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 390, 844]);
    assert.ok((await page.field.evaluate((input) => parseFloat(getComputedStyle(input).fontSize))) >= 16);
    for (const target of await page.locator('kb-search').locator('.option, .tool:visible').all()) {
      const { width, height } = await target.boundingBox();
      assert.ok(width >= 44 && height >= 44, `${await target.innerText()}: ${width} × ${height}`);
    }
    await page.locator('kb-search').locator('.leave').tap();
    assert.equal(await expanded(page), 'false');
    await page.done();
  });
});

describe('a network that fails', () => {
  const cases = [
    ['busy', /太频繁.*7 秒/, (route) => route.fulfill({ status: 429, headers: { 'retry-after': '7', 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after' } })],
    ['broken', /出了点问题/, (route) => route.fulfill({ status: 503, headers: { 'access-control-allow-origin': '*' } })],
    ['cut off', /连不上/, (route) => route.abort('connectionreset')],
    ['no JSON', /出了点问题/, (route) => route.fulfill({ status: 200, body: '<html>', headers: { 'access-control-allow-origin': '*' } })],
  ];
  for (const [name, said, answer] of cases) {
    test(`says in words that it is ${name}, and tries again`, async () => {
      const page = await open();
      await page.field.focus();
      await page.shown('suggestion');
      await page.route('**/api/v1/**', answer);
      await page.field.fill('退款');
      await until(async () => said.test(await words(page)), 'the failure in words');
      await page.unroute('**/api/v1/**');
      await page.locator('kb-search').locator('.plain').click();
      await page.shown('option');
      await page.done();
    });
  }

  test('offline it says so and goes on by itself when the network is back', async () => {
    const page = await open();
    await page.field.focus();
    await page.shown('suggestion');
    await page.context().setOffline(true);
    await page.field.fill('退款');
    await until(async () => /网络断开/.test(await words(page)), 'the failure in words');
    await page.context().setOffline(false);
    await page.shown('option');
    await page.done();
  });

  test('shows that it waits after 300 ms, and ignores answers that come too late', async () => {
    const page = await open();
    const held = [];
    await page.field.focus();
    await page.shown('suggestion');
    await page.route('**/api/v1/suggest?q=%E5%8F%91%E7%A5%A8*', (route) => held.push(route));
    await page.field.fill('发票');
    await page.locator('kb-search').locator('.spinner').waitFor();
    await page.field.fill('退款');
    await page.shown('option');
    for (const route of held) await route.continue().catch(() => {});
    await page.shown('hit');
    assert.match(await page.options.first().innerText(), /退款/);
    assert.equal(await page.locator('kb-search').locator('.spinner').isVisible(), false);
    await page.done();
  });
});

describe('what the page hears and may not do', () => {
  test('events tell what was searched, selected, asked; the page may take over', async () => {
    const page = await open();
    await page.evaluate(() => {
      window.heard = [];
      for (const type of ['kb:search', 'kb:select', 'kb:ask']) {
        document.addEventListener(type, (event) => (window.heard.push([type, event.detail.query]), type !== 'kb:search' && event.preventDefault()));
      }
    });
    await page.evaluate(() => document.querySelector('kb-search').open({ query: '退款' }));
    await page.shown('hit');
    await page.locator('kb-search').locator('.option.hit, .option.answer').first().click();
    await page.locator('kb-search').locator('.ask').click();
    assert.deepEqual(await page.evaluate(() => window.heard), [['kb:search', '退款'], ['kb:select', '退款'], ['kb:ask', '退款']]);
    assert.ok(page.url().startsWith(world.company.url));
    await page.done();
  });

  test('S31 messages and malformed events from anywhere are ignored', async () => {
    const page = await open();
    await page.evaluate(() => {
      const box = document.querySelector('kb-search');
      for (const detail of [null, { query: '退款' }, { __proto__: { url: 'javascript:alert(1)' } }]) {
        for (const type of ['kb:open', 'kb:search', 'kb:select', 'kb:ask', 'message']) {
          for (const target of [box, document, window]) target.dispatchEvent(new CustomEvent(type, { detail }));
        }
        window.postMessage({ type: 'kb:open', ...detail }, '*');
      }
      for (const wrong of [null, 7, { query: { toString: () => 'x' } }, { query: '' }]) box.open(wrong ?? undefined);
      box.close();
      box.texts = 'no object';
      box.setAttribute('texts', '{"label": 7, broken');
      box.setAttribute('base', 'javascript:alert(1)');
    });
    assert.equal(await expanded(page), 'false');
    assert.ok(page.asked.every((asked) => asked.startsWith('suggest?q=&')), page.asked.join());
    assert.deepEqual(page.faults, []);
    await page.done();
  });

  test('S10 an answer full of markup and script addresses stays text without links', async () => {
    const page = await open();
    const evil = '<img src=x onerror="window.pwned=1">';
    const part = [{ text: evil, hit: true }];
    const hits = ['javascript:window.pwned=1', 'data:text/html,x', '/a/x'].map((url, id) => ({ id: `${id}`, url, title: evil, title_parts: part, snippet_parts: part, category: [evil] }));
    const answer = { query: evil, total: 3, confident: true, answer: { id: 'z', url: '/a/z', title: evil, text: evil }, hits, did_you_mean: evil, escalate: { url: 'javascript:window.pwned=1' } };
    await page.route('**/api/v1/**', (route) => route.fulfill({ json: route.request().url().includes('suggest') ? { suggestions: hits } : answer, headers: { 'access-control-allow-origin': '*' } }));
    await page.evaluate(() => document.querySelector('kb-search').open({ query: 'x' }));
    await page.shown('answer');
    const links = await page.options.evaluateAll((nodes) => nodes.map((node) => new URL(node.href).protocol));
    assert.deepEqual(links, ['http:', 'http:']);
    assert.equal(await page.locator('kb-search').locator('.panel img').count(), 0);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    await page.done();
  });

  test('articles open in place without scripts, styles and foreign frames', async () => {
    const page = await open('?attributes=open%3D%22inline%22');
    await page.route('**/api/v1/articles/**', async (route) => {
      const response = await route.fetch();
      const article = await response.json();
      article.html += '<script>window.pwned=1</script><p onclick="x" style="color:red">末<a href="javascript:window.pwned=1">坏</a></p><iframe srcdoc="x"></iframe><img src=x onerror="window.pwned=1">';
      await route.fulfill({ response, json: article });
    });
    await page.field.fill('忘记密码怎么办');
    await page.keyboard.press('Enter');
    await page.shown('hit');
    await page.locator('kb-search').locator('.option.answer, .option.hit').first().click();
    const body = page.locator('kb-search').locator('.body');
    await body.waitFor();
    const html = await body.innerHTML();
    assert.match(html, /手机验证码/);
    assert.doesNotMatch(html, /script|style=|onclick|iframe|<img|javascript/);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    await page.keyboard.press('Escape');
    assert.equal(await focusedId(page), 'kb-search');
    assert.equal(await expanded(page), 'true');
    await page.done();
  });

  test('articles as the server gives them open in place without a violation of the policy', async () => {
    const page = await open('?attributes=open%3D%22inline%22');
    await page.evaluate(() => document.querySelector('kb-search').open({ query: '忘记密码怎么办' }));
    await page.shown('hit');
    await page.locator('kb-search').locator('.option.answer, .option.hit').first().click();
    await page.locator('kb-search').locator('.body td').first().waitFor();
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    await page.done();
  });
});
