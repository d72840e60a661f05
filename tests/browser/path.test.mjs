// Does the whole path hold? One searches, rephrases, asks; is told so by mail; the desk escalates and answers; he agrees; the
// answer is published; the next one finds it; both are thanked. With scripts, without them, and on a phone.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startSink } from './smtp-sink.mjs';
import { BINARY, DESK, PHONE, SCREENSHOTS, startBrowser, startKb, until } from './support.mjs';

const PASSWORD = 'a long enough password';
const SMALL = { ...PHONE, viewport: { width: 375, height: 740 } };
const GROUPS = `[groups.support]
title = "客服组"
escalates_to = "experts"
[groups.experts]
title = "专家组"
`;

let sink;
let kb;
let browser;

before(async () => {
  sink = await startSink();
  kb = await startKb([], `[mail]\nfrom = "help@example.com"\nsmtp_url = "${sink.url}"\n${GROUPS}`);
  const user = (email, name, role, group) => execFileSync(BINARY, ['user', 'add', email, '--name', name, '--role', role, '--group', group], { cwd: kb.folder, input: `${PASSWORD}\n`, stdio: ['pipe', 'ignore', 'pipe'] });
  user('mei@example.com', '王小美', 'agent', 'support');
  user('chen@example.com', '陈工', 'specialist', 'experts');
  browser = await startBrowser();
  await until(async () => (await fetch(`${kb.url}/ask`)).ok, 'questions can be asked');
});
after(async () => {
  await browser?.close();
  await kb?.stop();
  await sink?.stop();
});

async function open(path, options) {
  const context = await browser.newContext({ locale: 'zh-CN', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  await page.goto(path.startsWith('http') ? path : kb.url + path);
  page.done = async () => {
    assert.deepEqual(page.faults, []);
    await context.close();
  };
  return page;
}

async function sit(who, options) {
  const page = await open('/desk/sign-in', options);
  await page.locator('#email').fill(`${who}@example.com`);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('#password').press('Enter');
  await page.waitForURL((url) => !url.href.includes('sign-in'));
  return page;
}

const mailed = (to, what) => sink.waitFor((mail) => mail.to.includes(to) && what.test(`${mail.subject}\n${mail.text}`));
const think = () => new Promise((resolve) => setTimeout(resolve, 2_100));

// Types a search into the field of the page.
async function search(page, query) {
  const field = page.locator('input[name=q]:visible').first();
  await field.fill(query);
  await Promise.all([page.waitForURL((url) => url.searchParams.get('q') === query), field.press('Enter')]);
}

async function ask(page, email, text) {
  await page.getByRole('link', { name: '帮我问' }).first().click();
  await page.waitForURL('**/ask?*');
  await page.locator('#text').fill(text);
  await page.locator('#email').fill(email);
  await think();
  await page.locator('#send').click();
  await page.waitForURL('**/case/*');
  return (await page.innerText('main')).match(/KB-\d{4}-\d{4}/)[0];
}

async function walk(options, person, topic) {
  const email = `${person}@example.net`;
  const visitor = await open('/', options);
  await search(visitor, `${topic}怎么办`);
  await search(visitor, `无法使用${topic}`);
  const number = await ask(visitor, email, `我的${topic}用不了，电话13800138000，请帮忙看看`);
  const acknowledged = await mailed(email, new RegExp(number));

  const mei = await sit('mei', options);
  await mei.goto(`${kb.url}/desk/cases/${number}`);
  assert.match(await mei.innerText('.visit'), new RegExp(topic), 'the searches came along');
  await mei.locator('#escalate summary').click();
  await mei.locator('#escalate textarea').fill('需要专家看一下');
  await mei.screenshot({ path: `${SCREENSHOTS}/path-${person}-escalate.png`, fullPage: true });
  await mei.locator('#escalate button').click();
  await mei.locator('.event', { hasText: '专家组' }).first().waitFor();
  await mailed('chen@example.com', new RegExp(number));

  const chen = await sit('chen', options);
  await chen.goto(`${kb.url}/desk/cases/${number}`);
  await chen.locator('#text').fill(`请在“设置”里重新打开${topic}，再试一次。`);
  await chen.locator('.send[value=solve]').click();
  await chen.locator('.event-desk', { hasText: '重新打开' }).waitFor();
  const solved = await mailed(email, /重新打开/);

  // He agrees by one tap in the mail; its other link opens the case.
  const link = (mail, part) => mail.links.find((url) => url.includes(part)) ?? assert.fail(`no ${part} in ${mail.text}`);
  await visitor.goto(link(solved, '/tap/confirm/'));
  await visitor.locator('.tap button').click();
  await visitor.getByRole('heading').first().waitFor();
  await visitor.goto(link(solved, '/tap/rate/').replace(/$/, ''));
  await visitor.locator('.tap button').click();
  await visitor.goto(link(solved, '/case/'));
  assert.match(await visitor.innerText('main'), /重新打开/);
  assert.match(await visitor.innerText('main'), /已关闭|已解决/);
  await visitor.screenshot({ path: `${SCREENSHOTS}/path-${person}-solved.png`, fullPage: true });
  link(acknowledged, '/case/');

  // What is said about nobody else goes to everybody.
  await mei.goto(`${kb.url}/desk/cases/${number}`);
  await mei.getByRole('link', { name: /发布/ }).first().click();
  await mei.locator('form.publish').waitFor();
  assert.match(await mei.innerText('.findings'), /13800138000/, 'the number of a telephone is noticed');
  await mei.locator('input[name=title]').fill(`${topic}用不了怎么办`);
  await mei.locator('input[name=forum]').check();
  await mei.locator('input[name=draft]').check();
  await mei.locator('input[name=golden]').check();
  await mei.locator('input[name=confirmed]').check();
  await mei.screenshot({ path: `${SCREENSHOTS}/path-${person}-publish.png`, fullPage: true });
  await mei.locator('button[value=publish]').click();
  const thanks = await mailed(email, /谢谢您/);
  await mailed('chen@example.com', /谢谢您的解答/);
  assert.match(thanks.text, /积分/);
  await visitor.goto(link(thanks, '/q/'));
  assert.match(await visitor.innerText('main'), /重新打开/);
  assert.doesNotMatch(await visitor.content(), new RegExp(`13800138000|${email}`));

  // The next one with the question finds the answer, by the words that failed.
  const next = await open('/', options);
  await until(async () => {
    await search(next, `无法使用${topic}`);
    return (await next.locator('main a[href*="/q/"]').count()) > 0;
  }, 'the answer is found');
  await next.screenshot({ path: `${SCREENSHOTS}/path-${person}-found.png`, fullPage: true });
  await next.locator('main a[href*="/q/"]').first().click();
  await next.waitForURL('**/q/*');
  assert.match(await next.innerText('main'), /重新打开/);

  // Whoever asked sees what he was given.
  await visitor.goto(link(acknowledged, '/case/'));
  assert.match(await visitor.innerText('main'), /积分/);
  await visitor.screenshot({ path: `${SCREENSHOTS}/path-${person}-thanked.png`, fullPage: true });
  assert.match(readFileSync(join(kb.folder, 'kb/golden.toml'), 'utf8'), new RegExp(`无法使用${topic}`));
  await next.done();
  await Promise.all([visitor, mei, chen].map((page) => page.done()));
}

test('from a failed search to a published answer', () => walk(DESK, 'li.lei', '蓝牙门锁'));
test('the same without scripts', () => walk({ ...DESK, javaScriptEnabled: false }, 'han.mei', '人脸识别'));
test('the same on a phone', () => walk(SMALL, 'zhang.san', '离线地图'));
