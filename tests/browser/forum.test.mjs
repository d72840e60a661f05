// Does the forum work for people? Publishing from the desk, reading, voting and answering in it, by keyboard, on a phone, in the
// dark, in three languages, without scripts.

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

let kb;
let browser;
let number;

before(async () => {
  kb = await startKb([], '[ask]\nmin_seconds = 0\n');
  execFileSync(BINARY, ['user', 'add', 'mei@example.com', '--name', '王小美', '--role', 'agent', '--group', 'support', '--lang', 'zh-CN'], { cwd: kb.folder, input: `${PASSWORD}\n`, stdio: ['pipe', 'ignore', 'pipe'] });
  const text = '扫描仪一直闪红灯怎么办？\n我叫李雷，电话13800138000，换了一台电脑也一样。';
  const answer = await until(async () => {
    const answer = await fetch(`${kb.url}/api/v1/cases`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'li.lei@example.cn', name: '李雷', text }) });
    return answer.status !== 503 && answer;
  }, 'questions are taken');
  number = (await answer.json()).number;
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await kb?.stop();
});

async function open(path, options = WIDE) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  await page.goto(kb.url + path);
  return page;
}

// Nobody is shut out, nothing is wider than the window, and no script failed.
async function sound(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(' ')}`), [], name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
  assert.deepEqual(page.faults ?? [], [], name);
  if (name) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

async function sit(options = WIDE) {
  const page = await open('/desk', options);
  await page.fill('#email', 'mei@example.com');
  await page.fill('input[name=password]', PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => !url.href.includes('sign-in'));
  return page;
}

describe('the open forum', () => {
  test('an answer is published from its case, without what says who asked', async () => {
    const desk = await sit();
    await desk.goto(`${kb.url}/desk/cases/${number}`);
    await desk.fill('#text', '长按电源键 **十秒**，红灯熄灭后再开机。');
    await desk.click('#write button[value=solve]');
    await desk.locator('a[href$="/publish"]').click();
    await desk.waitForURL(/publish$/);
    assert.equal(await desk.locator('.findings mark').count(), 2);
    await sound(desk, 'forum-publish');
    await desk.click('button[value=publish]');
    await desk.locator('#fault').waitFor();
    await desk.check('input[name=confirmed]');
    await desk.click('button[value=publish]');
    await desk.waitForURL((url) => url.pathname === `/desk/cases/${number}`);
    const found = await until(async () => {
      const answer = await (await fetch(`${kb.url}/api/v1/search?q=${encodeURIComponent('扫描仪闪红灯')}`)).json();
      return answer.hits?.[0]?.url === '/q/1' && answer;
    }, 'the question is found');
    assert.equal(found.hits[0].kind, 'question');
    await desk.context().close();
    const phone = await sit(PHONE);
    await phone.goto(`${kb.url}/desk/cases/${number}/publish`);
    await sound(phone, 'forum-publish-phone');
    await phone.context().close();
  });

  test('results mark it, and its page is read and voted on by keyboard', async () => {
    const page = await open('/search?q=扫描仪闪红灯');
    await page.locator('.hits .badge').first().waitFor();
    await page.locator('.hits h2 a').first().click();
    await page.waitForURL(/\/q\/1/);
    const body = await page.textContent('article.question');
    assert.ok(!body.includes('13800138000') && !body.includes('李雷'), body);
    await sound(page, 'forum-question');
    await page.locator('.question .votes button').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/done=voted/);
    assert.equal(await page.locator('.question .votes button[aria-pressed=true]').count(), 1);
    assert.match(await page.textContent('.question .votes-count'), /1$/);
    await page.context().close();
  });

  test('somebody answers without scripts, the desk reads it, and it is shown', async () => {
    const plain = await open('/q/1', { ...PHONE, javaScriptEnabled: false });
    await plain.locator('.answer-form > summary').click();
    await plain.fill('#answer-form textarea', '换一根数据线也可以。');
    await plain.fill('#answer-form input[name=name]', '热心人');
    await plain.locator('#answer-form button[type=submit]').click();
    await plain.waitForURL(/done=answered/);
    assert.match(await plain.textContent('.done'), /看过之后/);
    await plain.context().close();
    const desk = await sit();
    await desk.goto(`${kb.url}/desk/questions`);
    await sound(desk, 'forum-review');
    await desk.click('button[value=approve]');
    await desk.locator('.flash').waitFor();
    await desk.goto(`${kb.url}/desk/questions/1`);
    await sound(desk, 'forum-desk-question');
    await desk.context().close();
    const page = await open('/q/1');
    assert.equal(await page.locator('.answers > li').count(), 2);
    await page.context().close();
  });

  test('with scripts the page does its proof of work', async () => {
    const page = await open('/q/1');
    await page.locator('.answer-form > summary').click();
    await page.fill('#answer-form textarea', '重装驱动。');
    await page.click('#answer-form button[type=submit]');
    await page.waitForURL(/done=answered/);
    await page.context().close();
  });

  for (const [name, options, path] of [
    ['forum-list', WIDE, '/questions'],
    ['forum-list-phone', PHONE, '/questions?order=helpful'],
    ['forum-list-dark', { ...WIDE, colorScheme: 'dark' }, '/questions'],
    ['forum-open', WIDE, '/questions?order=open'],
    ['forum-question-phone', PHONE, '/q/1'],
    ['forum-question-dark', { ...PHONE, colorScheme: 'dark' }, '/q/1'],
    ['forum-question-zh-tw', WIDE, '/q/1?hl=zh-TW'],
    ['forum-list-en', PHONE, '/questions?hl=en'],
    ['forum-question-en', WIDE, '/q/1?hl=en'],
    ['forum-home', WIDE, '/'],
    ['forum-home-phone', PHONE, '/'],
  ]) {
    test(`${name} is sound`, async () => {
      const page = await open(path, options);
      await sound(page, name);
      await page.context().close();
    });
  }
});
