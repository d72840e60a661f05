// Can people live at the desk? Signing in, answering, noticing each other, by keyboard, on a phone, in the dark, without scripts.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { BINARY, SCREENSHOTS, startBrowser, startKb, until } from './support.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PASSWORD = 'a long enough password';
const WIDE = { viewport: { width: 1280, height: 850 }, locale: 'zh-CN', reducedMotion: 'reduce' };
const PHONE = { viewport: { width: 375, height: 812 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'zh-CN', reducedMotion: 'reduce' };
const TEXT = '退款三天了还没有到账\n<b>请尽快</b>处理';

let kb;
let browser;
const numbers = {};

before(async () => {
  kb = await startKb([]);
  const user = (email, name, role, lang) => execFileSync(BINARY, ['user', 'add', email, '--name', name, '--role', role, '--group', 'support', '--lang', lang], { cwd: kb.folder, input: `${PASSWORD}\n`, stdio: ['pipe', 'ignore', 'pipe'] });
  user('mei@example.com', '王小美', 'agent', 'zh-CN');
  user('chen@example.com', '陈工', 'specialist', 'zh-TW');
  user('boss@example.com', 'Ada', 'admin', 'en');
  const ask = async (text, more = {}) => {
    const answer = await until(async () => {
      const answer = await fetch(`${kb.url}/api/v1/cases`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'li.lei@example.cn', name: '李雷', text, ...more }) });
      return answer.status !== 503 && answer;
    }, 'questions are taken');
    assert.equal(answer.status, 201, await answer.clone().text());
    return (await answer.json()).number;
  };
  numbers.refund = await ask(TEXT);
  numbers.conflict = await ask('发票抬头写错了，可以重开吗？');
  numbers.keys = await ask('怎么修改登录密码？');
  numbers.plain = await ask('没有脚本也要能回复', { email: 'han@example.cn', name: '韩梅梅' });
  numbers.urgent = await ask('网站宕机了，全部无法使用', { kind: 'problem' });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await kb?.stop();
});

// Somebody at the desk, in a browser of his own.
async function sit(who, options = WIDE, path = '/desk') {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  await page.goto(kb.url + path);
  await page.waitForURL(/sign-in/);
  // All by keyboard: the field for the address has the focus.
  await page.locator('#email:focus').waitFor();
  await page.keyboard.type(`${who}@example.com`);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => !url.href.includes('sign-in'));
  page.done = () => context.close();
  return page;
}

async function audit(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' ')} ${node.failureSummary}`));
}

const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test('is worked by keyboard alone', async () => {
  const page = await sit('mei', WIDE, '/desk?view=unassigned');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  const first = await page.evaluate(() => document.activeElement.getAttribute('href'));
  assert.match(first, /^\/desk\/cases\/KB-/);
  await page.keyboard.press('x');
  assert.equal(await page.locator('#rows input:checked').count(), 1);
  assert.ok(await page.locator('.bulk-active').isVisible());
  await page.keyboard.press('x');
  await page.keyboard.press('?');
  assert.ok(await page.locator('#keys').isVisible());
  assert.deepEqual(await audit(page), []);
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type(numbers.keys);
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=KB/);
  await page.keyboard.press('j');
  await page.keyboard.press('o');
  await page.waitForURL(new RegExp(`/desk/cases/${numbers.keys}`));
  await page.keyboard.press('a');
  await page.locator('#take').waitFor({ state: 'detached' });
  await page.keyboard.press('n');
  await page.keyboard.type('客户可能想改支付密码');
  await page.keyboard.press('Control+Enter');
  await page.locator('.event-note', { hasText: '支付密码' }).waitFor();
  await page.keyboard.press('r');
  await page.keyboard.type('在“设置”里修改。');
  await page.keyboard.press('Control+Enter');
  await page.locator('.event-desk', { hasText: '在“设置”里修改' }).waitFor();
  await page.keyboard.press('s');
  await page.locator('.state-solved').first().waitFor();
  await page.keyboard.press('u');
  await page.waitForURL(/\/desk$/);
  assert.deepEqual(page.faults, []);
  await page.done();
});

test('two who answer the same case see each other, and neither answers past the other', async () => {
  const path = `/desk/cases/${numbers.conflict}`;
  const [mei, chen] = [await sit('mei', WIDE, path), await sit('chen', WIDE, path)];
  await chen.locator('#text').fill('可以重開，我來處理。');
  await mei.locator('#here', { hasText: '陈工 正在输入' }).waitFor();
  await mei.locator('#text').fill('可以的，请提供新的抬头。');
  await chen.locator('.send-reply').click();
  await chen.locator('.event-desk', { hasText: '我來處理' }).waitFor();
  // It arrives by itself, and is not taken for seen while somebody writes.
  await mei.locator('.event-arrived', { hasText: '我來處理' }).waitFor();
  assert.ok(await mei.locator('#news').isVisible());
  await mei.locator('.send-reply').click();
  await mei.locator('.composer-stale').first().waitFor();
  assert.equal(await mei.locator('#text').inputValue(), '可以的，请提供新的抬头。');
  assert.ok(await mei.locator('.event-fresh', { hasText: '我來處理' }).isVisible());
  await mei.screenshot({ path: `${SCREENSHOTS}/desk-stale.png`, fullPage: true });
  assert.deepEqual(await audit(mei), []);
  await mei.locator('.send-reply').click();
  await mei.locator('.event-desk', { hasText: '请提供新的抬头' }).waitFor();
  await chen.locator('.event-arrived', { hasText: '请提供新的抬头' }).waitFor();
  await mei.done();
  await chen.done();
});

test('a draft survives a closed window, and an article goes in where the caret stands', async () => {
  const path = `/desk/cases/${numbers.refund}`;
  const page = await sit('mei', WIDE, path);
  assert.ok(await page.locator('.event-customer .plain', { hasText: '<b>请尽快</b>' }).isVisible(), 'what a customer wrote is text');
  await page.locator('#text').fill('您好，');
  await page.locator('#draft-state', { hasText: '草稿已保存' }).waitFor();
  await page.locator('#find-article').fill('申请退款');
  const row = page.locator('#articles li', { hasText: '如何申请退款' });
  await row.locator('button').click();
  await until(async () => (await page.locator('#text').inputValue()).includes('[如何申请退款]('), 'the article is in the text');
  await page.locator('#draft-state', { hasText: '草稿已保存' }).waitFor();
  await page.reload();
  assert.match(await page.locator('#text').inputValue(), /^您好，\n\n> [^]*\[如何申请退款\]\(/);
  await page.locator('[name=mode][value=note]').check({ force: true });
  assert.ok(await page.locator('.to-note').isVisible() && !(await page.locator('.send-reply').isVisible()), 'a note cannot be sent as a reply');
  await page.done();
});

test('works without scripts', async () => {
  const page = await sit('mei', { ...WIDE, javaScriptEnabled: false }, '/desk?view=unassigned');
  await page.locator('.row', { hasText: numbers.plain }).locator('input[type=checkbox]').check();
  await page.selectOption('#bulk-priority', 'P2');
  await page.locator('#bulk button[value=priority]').click();
  await page.locator('.flash', { hasText: '已处理 1 个工单' }).waitFor();
  await page.locator('.flash button').click();
  await page.locator('.flash', { hasText: '已撤销 1 个工单' }).waitFor();
  await page.locator(`.row-main[href="/desk/cases/${numbers.plain}"]`).click();
  await page.locator('#text').fill('没有脚本也能回复。');
  await page.locator('.send[value=solve]').click();
  await page.locator('.event-desk', { hasText: '没有脚本也能回复' }).waitFor();
  assert.ok(await page.locator('.state-solved').first().isVisible());
  await page.locator('.own summary').click();
  await page.locator('.own-box form button').click();
  await page.waitForURL(/sign-in/);
  await page.done();
});

test('a new urgent case calls by the title, without a sound', async () => {
  const page = await sit('mei');
  await until(async () => (await page.title()).startsWith('[P1×1]'), 'the title calls');
  await page.locator('#urgent a').click();
  await page.locator('.row', { hasText: numbers.urgent }).waitFor();
  await page.done();
});

const PAGES = { queue: '/desk?view=all', due: '/desk?view=due', nothing: '/desk?view=all&q=zzzz', case: (n) => `/desk/cases/${n.refund}`, urgent: (n) => `/desk/cases/${n.urgent}`, canned: '/desk/canned', me: '/desk/me', accounts: '/desk/accounts', step: '/desk/second-step', keys: '/desk/keys', audit: '/desk/audit', outbox: '/desk/outbox', review: '/desk/questions', publish: (n) => `/desk/cases/${n.refund}/publish`, refused: '/desk/cases/KB-2611-9999' };

describe('the pages of the desk', () => {
  for (const [who, lang] of [['mei', 'zh-CN'], ['chen', 'zh-TW'], ['boss', 'en']]) {
    for (const [size, options] of Object.entries({ wide: WIDE, phone: PHONE })) {
      for (const colorScheme of ['light', 'dark']) {
        test(`have no accessibility violations: ${lang}, ${size}, ${colorScheme}`, async () => {
          const page = await sit(who, { ...options, colorScheme, bypassCSP: true });
          for (const [name, path] of Object.entries(PAGES)) {
            await page.goto(kb.url + (typeof path === 'function' ? path(numbers) : path));
            await page.screenshot({ path: `${SCREENSHOTS}/desk-${name}-${size}-${colorScheme}-${lang}.png`, fullPage: true });
            assert.deepEqual(await audit(page), [], `${name} in ${lang}`);
            assert.ok((await wide(page)) <= 0, `${name} in ${lang} scrolls sideways`);
          }
          await page.done();
        });
      }
    }
  }

  test('the door has no accessibility violations, and says what is wrong', async () => {
    const context = await browser.newContext({ ...WIDE, bypassCSP: true });
    const page = await context.newPage();
    for (const lang of ['zh-CN', 'zh-TW', 'en']) {
      for (const path of ['sign-in', 'sign-in?said=password', 'forgot', 'invitation/x', 'new-password/x']) {
        await page.goto(`${kb.url}/desk/${path}${path.includes('?') ? '&' : '?'}hl=${lang}`);
        assert.deepEqual(await audit(page), [], path);
      }
    }
    await page.goto(`${kb.url}/desk/sign-in?hl=en`);
    await page.fill('#email', 'nobody@example.com');
    await page.fill('#password', 'x');
    await page.keyboard.press('Enter');
    await page.locator('.door-error').waitFor();
    assert.deepEqual(await audit(page), []);
    await context.close();
  });

  test('are whole at 200 % zoom', async () => {
    const page = await sit('mei', { ...WIDE, viewport: { width: 640, height: 425 } });
    for (const path of ['/desk?view=all', `/desk/cases/${numbers.refund}`]) {
      await page.goto(kb.url + path);
      assert.ok((await wide(page)) <= 0, path);
    }
    await page.done();
  });
});
