// Does the box live on a company's site: strict policy, other origin, wild styles, no scripts?

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BINARY, CUSTOMERS, DESK, PHONE, SCREENSHOTS, openBox, openPage, startAll, tokenOf, until } from './support.mjs';

let world;
before(async () => (world = await startAll(CUSTOMERS)));
after(() => world.stop());

const search = async (page, query) => {
  await page.field.fill(query);
  await page.keyboard.press('Enter');
  await page.locator('kb-search').locator('.option.hit, .option.ask').first().waitFor();
};

test('an allowed origin gets answers, without a single violation of its strict policy', async () => {
  const page = await openBox(world.browser, world.company.url);
  await search(page, '密码');
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await page.evaluate(() => window.violations), []);
  assert.deepEqual(page.faults, []);
  assert.equal((await page.context().cookies()).length, 0);
  await page.screenshot({ path: `${SCREENSHOTS}/foreign.png` });
  await page.done();
});

test('an origin that is not listed gets neither script nor answers, and keeps the plain form', async () => {
  const page = await openPage(world.browser, world.company.stranger);
  const refused = await page.evaluate(async (kb) => {
    const answer = await fetch(`${kb}/api/v1/search?q=x`).catch((error) => error.name);
    return [answer, !!document.querySelector('kb-search').shadowRoot];
  }, world.kb.url);
  assert.deepEqual(refused, ['TypeError', false]);
  await page.locator('kb-search input').fill('退款');
  await Promise.all([page.waitForURL(`${world.kb.url}/search?q=*`), page.keyboard.press('Enter')]);
  await page.done();
});

test('without scripts the form inside the tag searches', async () => {
  const page = await openPage(world.browser, world.company.url, { ...DESK, javaScriptEnabled: false });
  await page.locator('kb-search input').fill('退款');
  await Promise.all([page.waitForURL(`${world.kb.url}/search?q=*`), page.keyboard.press('Enter')]);
  assert.match(await page.innerText('main'), /如何申请退款/);
  await page.done();
});

test('wild styles of the page do not reach into the box', async () => {
  const look = async (query) => {
    const page = await openBox(world.browser, `${world.company.url}/?${query}`);
    await search(page, '密码');
    const style = await page.options.first().locator('.name').evaluate((node) => {
      const { color, fontSize, letterSpacing, textTransform, lineHeight, borderTopWidth } = getComputedStyle(node);
      return { color, fontSize, letterSpacing, textTransform, lineHeight, borderTopWidth, link: getComputedStyle(node.closest('a')).display };
    });
    await page.screenshot({ path: `${SCREENSHOTS}/foreign-${query || 'plain'}.png` });
    await page.done();
    return style;
  };
  assert.deepEqual(await look('ugly'), await look(''));
});

test('nothing moves when the box arrives', async () => {
  for (const size of [DESK, PHONE]) {
    const page = await openPage(world.browser, 'about:blank', size);
    await page.addInitScript(() => {
      window.shift = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shift += entry.value))).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(world.company.url);
    await page.waitForFunction(() => document.querySelector('kb-search').shadowRoot);
    await page.waitForTimeout(200);
    assert.ok((await page.evaluate(() => window.shift)) < 0.01);
    await page.done();
  }
});

test('the script twice on one page is one box', async () => {
  const page = await openBox(world.browser, world.company.url);
  await page.evaluate((kb) => import(`${kb}/embed/v1/kb-search.js?again`), world.kb.url);
  await page.focus('#before');
  await page.keyboard.press('/');
  await search(page, '退款');
  assert.deepEqual(page.faults, []);
  await page.done();
});

for (const [lang, label] of [['zh-CN', '搜索帮助中心'], ['zh-HK', '搜尋說明中心'], ['en-GB', 'Search the help centre']]) {
  test(`speaks ${lang}, light and dark, on phone and desk`, async () => {
    for (const [name, size] of Object.entries({ desk: DESK, phone: PHONE })) {
      for (const colorScheme of ['light', 'dark']) {
        const page = await openBox(world.browser, `${world.company.url}/?lang=${lang}`, { ...size, colorScheme });
        assert.equal(await page.field.getAttribute('aria-label'), label);
        await page.field.click();
        await search(page, '密码');
        await page.screenshot({ path: `${SCREENSHOTS}/box-${lang}-${name}-${colorScheme}.png` });
        await page.done();
      }
    }
  });
}

test('texts can be overridden by attribute and property', async () => {
  const page = await openBox(world.browser, `${world.company.url}/?attributes=${encodeURIComponent(`texts='{"placeholder":"问问我们"}'`)}`);
  assert.equal(await page.field.getAttribute('placeholder'), '问问我们');
  await page.evaluate(() => (document.querySelector('kb-search').texts = { label: '找答案' }));
  assert.equal(await page.field.getAttribute('aria-label'), '找答案');
  await page.done();
});

test('a token that was refused is asked for once more, and without another the reader is nobody', async () => {
  mkdirSync(join(world.kb.folder, 'kb/专线'), { recursive: true });
  writeFileSync(join(world.kb.folder, 'kb/专线/line.md'), '+++\ntitle = "专线电话是多少"\naudience = "customer"\n+++\n请拨打 4001。\n');
  const good = tokenOf(world.kb);
  const found = async () => {
    const answer = await fetch(`${world.kb.url}/api/v1/search?q=专线电话`, { headers: { authorization: `Bearer ${good}` } });
    return (await answer.json()).total > 0;
  };
  await until(found, 'the article for customers is there');
  const page = await openBox(world.browser, world.company.url);
  await page.evaluate(() => document.addEventListener('kb:search', ({ detail }) => (window.answered = detail.query)));
  // What the page's function gives first, and what once it is told that this was refused.
  const ask = async (query, first, second) => {
    await page.evaluate(([first, second]) => {
      Object.assign(window, { told: [], answered: null });
      document.querySelector('kb-search').token = async (refused) => {
        window.told.push(!!refused);
        if (first === 'throws') throw new Error('the session of the site is over');
        return refused ? second : first;
      };
    }, [first, second]);
    await page.field.fill(query);
    await page.keyboard.press('Enter');
    await until(() => page.evaluate(() => window.answered), `an answer to ${query}`);
    const words = await page.locator('kb-search').locator('.panel').innerText();
    return [words.includes('专线电话是多少'), await page.evaluate(() => window.told)];
  };
  const over = 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA';
  const [known, told] = await ask('专线电话', over, good);
  assert.ok(known && told.includes(true), `${told}`);
  assert.ok((await ask('专线电话多少', good, null))[0], 'a good one is used as it is');
  for (const [first, second] of [[over, over], [over, null], [over, `${over}A`], ['throws']]) {
    const [known, told] = await ask(`电话 ${first} ${second}`.slice(0, 20), first, second);
    assert.equal(known, false, `${first} ${second}`);
    assert.ok(told.length < 12, 'it is not asked for ever');
  }
  assert.ok(page.faults.every((fault) => fault.includes('401')), page.faults.join());
  await page.done();
});

test('asking in the box goes on when the token is over', async () => {
  const page = await openBox(world.browser, world.company.url, { ...DESK, locale: 'zh-CN' });
  await page.evaluate(() => (document.querySelector('kb-search').token = () => 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA'));
  await page.field.fill('zzzz');
  await page.keyboard.press('Enter');
  await page.locator('kb-search').locator('.option.ask').first().click();
  const form = page.locator('kb-search').locator('.askform');
  await form.locator('textarea').fill('令牌过期了也要能提问');
  await form.locator('input').fill('wang@example.com');
  await form.locator('.send').click();
  await form.getByRole('status').waitFor();
  await page.done();
});

test('a site that only a key names loads the box and searches by that key', async () => {
  const made = execFileSync(BINARY, ['key', 'add', '--name', '官网', '--scope', 'search', '--origin', world.company.stranger], { cwd: world.kb.folder, encoding: 'utf8' });
  const key = made.match(/kb_\w{32}/)[0];
  const page = await openBox(world.browser, `${world.company.stranger}/?attributes=${encodeURIComponent(`key="${key}"`)}`);
  await search(page, '密码');
  assert.match(await page.locator('kb-search').locator('.panel').innerText(), /忘记密码/);
  assert.deepEqual(await page.evaluate(() => window.violations), []);
  assert.deepEqual(page.faults, []);
  // Asking is for the help centre's own page: the key does not permit it.
  await page.field.fill('zzzz');
  await page.keyboard.press('Enter');
  await page.locator('kb-search').locator('.option.ask').first().click();
  await page.waitForURL((url) => url.pathname === '/ask');
  await page.done();
});
