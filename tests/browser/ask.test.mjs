// Can a person who found nothing ask, with scripts and without, on a phone, with an input method, and in the box?

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { DESK, PHONE, SCREENSHOTS, openBox, openPage, startAll, until } from './support.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LANGS = ['zh-CN', 'zh-TW', 'en'];
const SMALL = { ...PHONE, viewport: { width: 375, height: 740 } };

let world;
before(async () => {
  world = await startAll();
  await until(async () => (await fetch(`${world.kb.url}/ask`)).ok, 'questions can be asked');
});
after(() => world.stop());

async function audit(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' ')} ${node.failureSummary}`));
}

const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// People take longer than the least time that a form may take.
const think = () => new Promise((resolve) => setTimeout(resolve, 2_100));

async function fill(page, text, email) {
  await page.locator('#text').fill(text);
  await page.locator('#email').fill(email);
  await think();
  await page.locator('#send').click();
  await page.waitForURL('**/case/*');
}

test('one searches, reads, asks, and follows the case; the visit goes along', async () => {
  const page = await openPage(world.browser, `${world.kb.url}/search?q=退款`, { ...DESK, locale: 'zh-CN' });
  await page.getByRole('link', { name: /如何申请退款/ }).first().click();
  await page.waitForURL('**/refund*');
  await page.locator('aside.ask a').click();
  await page.waitForURL('**/ask?*');
  assert.match(page.url(), /v=[0-9a-f-]{36}/);
  assert.equal(await page.inputValue('[name=q]') !== '' || (await page.innerText('.carried')).includes('如何申请退款'), true);
  await fill(page, '退款三个工作日了还没有到账', 'li.lei@example.com');
  assert.match(await page.innerText('main'), /已收到/);
  assert.match(await page.innerText('.said-by-own'), /还没有到账/);
  await page.locator('#text').fill('订单号 42');
  await page.locator('#reply button').click();
  await page.waitForURL('**done=written*');
  assert.deepEqual(await page.evaluate(() => window.violations), []);
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('the proof of work is done by the page and agrees with the server', async () => {
  const page = await openPage(world.browser, `${world.kb.url}/ask`, DESK);
  await page.locator('#text').click();
  const proof = await until(() => page.inputValue('[name=altcha]'), 'the proof is there');
  const { challenge, solution } = JSON.parse(Buffer.from(proof, 'base64').toString());
  assert.ok(solution.derivedKey.startsWith(challenge.parameters.keyPrefix));
  await fill(page, '证明做好了吗', 'proof@example.com');
  await page.done();
});

test('answers are offered while one types, and taking one ends it', async () => {
  const page = await openPage(world.browser, `${world.kb.url}/ask`, { ...DESK, locale: 'zh-CN' });
  assert.equal(await page.locator('#offers').isVisible(), false);
  await page.locator('#text').pressSequentially('我想问一下买的东西怎么退款', { delay: 10 });
  await page.locator('#offers a').first().waitFor();
  assert.match(await page.innerText('#offers'), /如何申请退款/);
  await page.locator('#offers button').first().click();
  await page.waitForURL('**/solved');
  assert.match(await page.innerText('main'), /很高兴帮到您/);
  await page.done();
});

test('while an input method composes nothing is asked', async () => {
  const page = await openPage(world.browser, `${world.kb.url}/ask`, { ...DESK, locale: 'zh-CN' });
  await page.locator('#text').click();
  page.asked.length = 0;
  const session = await page.context().newCDPSession(page);
  for (const text of ['t', 'tu', 'tui', 'tuik', 'tuiku', 'tuikua', 'tuikuan']) {
    await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  }
  const early = page.asked.filter((path) => path.startsWith('search'));
  assert.deepEqual(early, []);
  await session.send('Input.insertText', { text: '退款' });
  await until(() => page.asked.some((path) => path.includes('退款')), 'the words are searched for');
  await page.done();
});

test('without scripts one asks, is told what is wrong, and follows the case', async () => {
  const page = await openPage(world.browser, `${world.kb.url}/search?q=zzzz`, { ...DESK, javaScriptEnabled: false, locale: 'zh-CN' });
  await page.getByRole('link', { name: '帮我问' }).first().click();
  await page.waitForURL('**/ask?q=zzzz');
  await page.locator('#text').fill('没有脚本也能问吗');
  await think();
  await page.locator('#send').click();
  await page.locator('#faults').waitFor();
  assert.match(await page.innerText('#faults'), /请填写邮箱/);
  assert.match(await page.inputValue('#text'), /没有脚本也能问吗/);
  await page.locator('#email').fill('noscript@example.com');
  await think();
  await page.locator('#send').click();
  await page.waitForURL('**/case/*');
  await page.locator('#text').fill('补充一句');
  await page.locator('#reply button').click();
  await page.waitForURL('**done=written*');
  await page.getByRole('button', { name: '已解决' }).click();
  await page.waitForURL('**done=confirmed*');
  assert.match(await page.innerText('.state'), /已关闭/);
  await page.done();
});

test('a second click sends nothing twice, and a draft outlives a reload', async () => {
  const page = await openPage(world.browser, `${world.kb.url}/ask`, { ...DESK, locale: 'zh-CN' });
  await page.locator('#text').fill('这是草稿，不能丢');
  await page.reload();
  assert.match(await page.inputValue('#text'), /这是草稿，不能丢/);
  await page.locator('#email').fill('draft@example.com');
  await think();
  await page.locator('#send').dblclick();
  await page.waitForURL('**/case/*');
  await page.goto(`${world.kb.url}/ask`);
  assert.equal((await page.inputValue('#text')).trim(), '');
  await page.done();
});

test('two pages of one case see each other write', async () => {
  const one = await openPage(world.browser, `${world.kb.url}/ask`, { ...DESK, locale: 'zh-CN' });
  await fill(one, '两个窗口同时开着', 'two@example.com');
  const two = await openPage(world.browser, one.url().split('?')[0], { ...DESK, locale: 'zh-CN' });
  await one.locator('#text').fill('从第一个窗口写的');
  await one.locator('#reply button').click();
  await until(async () => (await two.innerText('#timeline')).includes('从第一个窗口写的'), 'the other page shows it');
  await Promise.all([one.done(), two.done()]);
});

describe('the box', () => {
  test('opens the ask form in place, on another site', async () => {
    const page = await openBox(world.browser, world.company.url, DESK);
    await page.field.fill('完全没有的问题zzzz');
    await page.keyboard.press('Enter');
    await page.shown('ask');
    await page.locator('kb-search').locator('.option.ask').click();
    const form = page.locator('kb-search').locator('.askform');
    await form.waitFor();
    assert.deepEqual(await page.context().pages().length, 1);
    await form.locator('input[type=email]').fill('box@example.com');
    await think();
    await form.locator('button[type=submit]').click();
    await until(async () => /KB-\d{4}-\d{4}/.test(await form.innerText()), 'the case is there');
    await page.screenshot({ path: `${SCREENSHOTS}/box-asked.png` });
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    await page.done();
  });

  test('opens the form however late its script comes, and a late answer does not take it away', async () => {
    const page = await openPage(world.browser, 'about:blank', DESK);
    const late = { script: null, search: null };
    await page.context().route('**/embed/v1/kb-ask.js*', (route) => (late.script = route));
    await page.goto(world.company.url);
    const box = page.locator('kb-search');
    await page.waitForFunction(() => document.querySelector('kb-search')?.shadowRoot);
    await box.locator('input[role=combobox]').fill('完全没有的问题zzzz');
    await page.keyboard.press('Enter');
    await box.locator('.option.ask').waitFor();
    await page.context().route('**/api/v1/search?*', (route) => (late.search = route));
    await page.keyboard.press('End');
    await box.locator('input[role=combobox]').press('z');
    await page.keyboard.press('Enter');
    await until(() => late.search && late.script, 'a search and the script are on their way');
    await box.locator('.option.ask').click();
    await late.script.continue();
    await box.locator('.askform').waitFor();
    await late.search.continue().catch(() => {});
    await page.waitForTimeout(600);
    assert.ok(await box.locator('.askform').isVisible());
    assert.equal(page.url(), `${world.company.url}/`);
    await page.done();
  });

  test('has no accessibility violations with the form open, on desk and phone', async () => {
    for (const options of [DESK, SMALL]) {
      for (const colorScheme of ['light', 'dark']) {
        const page = await openBox(world.browser, world.company.url, { ...options, colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
        await page.field.click();
        await page.field.fill('完全没有的问题zzzz');
        await page.keyboard.press('Enter');
        await page.shown('ask');
        await page.locator('kb-search').locator('.option.ask').click();
        await page.locator('kb-search').locator('.askform').waitFor();
        await page.screenshot({ path: `${SCREENSHOTS}/box-ask-${options === SMALL ? 'phone' : 'desk'}-${colorScheme}.png` });
        assert.deepEqual(await audit(page), []);
        await page.done();
      }
    }
  });
});

describe('every page of asking', () => {
  let address;
  before(async () => {
    const page = await openPage(world.browser, `${world.kb.url}/ask`, { ...DESK, locale: 'zh-CN' });
    await fill(page, '账号被盗了，请马上处理！订单也不见了。', 'urgent@example.com');
    address = new URL(page.url()).pathname;
    await page.done();
  });

  for (const [size, options] of Object.entries({ desk: DESK, phone: SMALL })) {
    for (const colorScheme of ['light', 'dark']) {
      test(`has no accessibility violations on a ${size}, ${colorScheme}, in three languages`, async () => {
        for (const lang of LANGS) {
          const pages = { ask: '/ask?q=退款', case: address, accept: `${address}/answers`, resend: '/case/resend', absent: '/case/nothing' };
          for (const [name, path] of Object.entries(pages)) {
            const page = await openPage(world.browser, world.kb.url + path, { ...options, colorScheme, locale: lang, bypassCSP: true, reducedMotion: 'reduce' });
            await page.screenshot({ path: `${SCREENSHOTS}/${name}-${size}-${colorScheme}-${lang}.png`, fullPage: true });
            assert.deepEqual(await audit(page), [], `${name} in ${lang}`);
            assert.ok((await wide(page)) <= 0, `${name} in ${lang} scrolls sideways`);
            await page.done();
          }
        }
      });
    }
  }

  test('a form with mistakes is accessible, and the keyboard alone sends it', async () => {
    const page = await openPage(world.browser, `${world.kb.url}/ask`, { ...SMALL, locale: 'zh-CN', bypassCSP: true });
    await page.locator('#text').focus();
    await page.keyboard.type('只用键盘');
    await page.keyboard.press('Tab');
    await think();
    await page.locator('#email').press('Enter');
    await page.locator('#faults').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'faults');
    assert.deepEqual(await audit(page), []);
    await page.screenshot({ path: `${SCREENSHOTS}/ask-faults-phone.png`, fullPage: true });
    await page.done();
  });
});
