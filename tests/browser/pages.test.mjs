// Are the help centre's own pages accessible, whole without scripts, and free of violations of their own policy?

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { CUSTOMERS, DESK, PHONE, SCREENSHOTS, openBox, openPage, startAll, tokenOf, until } from './support.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LANGS = ['zh-CN', 'zh-TW', 'en'];
const PAGES = { home: '/', results: '/search?q=密码', nothing: '/search?q=zzzz', category: '/c/账号', article: '/a/账号/forgot-password', absent: '/no/such/page', demo: '/embed/demo', 'sign-in': '/sign-in', 'empty own': '/me' };

let world;
before(async () => (world = await startAll(CUSTOMERS)));

// Where a page is: that of somebody is reached by a link of his company's site.
const address = (path) => world.kb.url + (path === '/me' ? `/sign-in?token=${tokenOf(world.kb)}&to=/me` : path);
after(() => world.stop());

// What the audit finds wrong, in a line each.
async function audit(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' ')} ${node.failureSummary}`));
}

for (const [name, path] of Object.entries(PAGES)) {
  describe(`the ${name} page`, () => {
    for (const [size, options] of Object.entries({ desk: DESK, phone: PHONE })) {
      for (const colorScheme of ['light', 'dark']) {
        test(`has no accessibility violations on a ${size}, ${colorScheme}, in three languages`, async () => {
          for (const lang of LANGS) {
            const page = await openPage(world.browser, address(path), { ...options, colorScheme, locale: lang, bypassCSP: true, reducedMotion: 'reduce' });
            await page.screenshot({ path: `${SCREENSHOTS}/${name}-${size}-${colorScheme}-${lang}.png` });
            assert.deepEqual(await audit(page), [], `${path} in ${lang}`);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.ok(wide <= 0, `${path} in ${lang} scrolls sideways by ${wide} px`);
            await page.done();
          }
        });
      }
    }

    test('keeps its own policy and has no script errors', async () => {
      const page = await openPage(world.browser, address(path));
      await page.waitForLoadState('networkidle');
      assert.deepEqual(await page.evaluate(() => window.violations), []);
      const faults = page.faults.filter((fault) => name !== 'absent' || !fault.includes('404'));
      assert.deepEqual(faults, []);
      await page.done();
    });
  });
}

test('the open box has no accessibility violations, light and dark, on desk and phone', async () => {
  for (const options of [DESK, PHONE]) {
    for (const colorScheme of ['light', 'dark']) {
      for (const query of ['密码', 'zzzz', '']) {
        const page = await openBox(world.browser, world.company.url, { ...options, colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
        await page.field.click();
        await page.field.fill(query);
        if (query) await page.keyboard.press('Enter');
        await page.options.first().waitFor();
        await page.keyboard.press('ArrowDown');
        assert.deepEqual(await audit(page), []);
        await page.done();
      }
    }
  }
});

test('without scripts a reader searches, reads, and goes back to a category', async () => {
  const page = await openPage(world.browser, world.kb.url, { ...DESK, javaScriptEnabled: false, locale: 'zh-CN' });
  await page.locator('main input[name=q], .hero input[name=q]').first().fill('退款');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/search?q=*');
  await page.getByRole('link', { name: /如何申请退款/ }).first().click();
  await page.waitForURL('**/refund');
  assert.match(await page.innerText('main'), /三个工作日/);
  await page.getByRole('link', { name: '支付与退款' }).first().click();
  await page.waitForURL('**/c/**');
  assert.match(await page.innerText('main'), /如何开具发票/);
  await page.done();
});

test('the demonstration changes the box and lists what it says', async () => {
  const page = await openBox(world.browser, `${world.kb.url}/embed/demo`);
  await page.locator('[name=theme]').selectOption('dark');
  assert.equal(await page.getAttribute('#box', 'theme'), 'dark');
  await page.locator('[name=lang]').selectOption('en');
  await until(async () => (await page.field.getAttribute('aria-label')) === 'Search the help centre', 'English');
  await page.field.fill('退款');
  await page.keyboard.press('Enter');
  await page.shown('option');
  await until(async () => /kb:search.*退款/.test(await page.innerText('#events')), 'the event is listed');
  await page.done();
});

test('the hash on the demonstration is that of the script', async () => {
  const page = await openPage(world.browser, `${world.kb.url}/embed/demo`);
  const integrity = (await page.innerText('main')).match(/sha384-[\w+/=]+/)[0];
  const loaded = await page.evaluate(async (hash) => (await fetch('/embed/v1/kb-search.js', { integrity: hash })).ok, integrity);
  assert.ok(loaded);
  await page.done();
});
