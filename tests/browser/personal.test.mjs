// What is a reader's own: following by mail, what was read lately, and the page of who is signed in. In real Chromium, with and without
// scripts, in three languages.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CUSTOMERS, DESK, PHONE, SCREENSHOTS, openPage, startBrowser, startKb, tokenOf, until } from './support.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LANGS = ['zh-CN', 'zh-TW', 'en'];
const ARTICLE = '/a/支付/refund';

let kb, browser;
before(async () => {
  kb = await startKb([], CUSTOMERS);
  browser = await startBrowser();
});
after(async () => {
  await browser.close();
  await kb.stop();
});


async function audit(page, where) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' ')} ${node.failureSummary}`)), [], where);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${where} scrolls sideways by ${wide} px`);
}

// A page of somebody who came by a link of the company's site.
const signedIn = (to, options) => openPage(browser, `${kb.url}/sign-in?token=${tokenOf(kb)}&to=${encodeURIComponent(to)}`, options);

test('the page for following has no accessibility violations, light and dark, in three languages', async () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const lang of LANGS) {
      const options = { ...PHONE, colorScheme, locale: lang, bypassCSP: true, reducedMotion: 'reduce' };
      const page = await openPage(browser, `${kb.url}/follow?article=支付/refund`, options);
      await page.screenshot({ path: `${SCREENSHOTS}/follow-phone-${colorScheme}-${lang}.png` });
      await audit(page, `follow in ${lang}`);
      await page.locator('main #email').fill('no address');
      await page.locator('main button').click();
      await page.locator('#fault').waitFor();
      await audit(page, `a fault in ${lang}`);
      await page.done();
    }
  }
});

// The latest mail to an address, decoded as far as its words go.
function mailTo(address) {
  const folder = join(kb.folder, '.kb/mail');
  let mails;
  try {
    mails = readdirSync(folder).sort().map((name) => readFileSync(join(folder, name), 'utf8'));
  } catch {
    return undefined;
  }
  return mails.filter((text) => text.includes(`To: ${address}`)).at(-1);
}

// The code in the subject of the mail.
function codeOf(mail) {
  const subject = mail.match(/^Subject: ((?:.*\r\n )*.*)/m)[1].replace(/\r\n /g, '');
  const words = subject.replace(/=\?utf-8\?(b|q)\?([^?]*)\?=\s*/gi, (_, how, text) => (how.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString() : text.replace(/_/g, ' ')));
  return words.match(/\d{6}/)[0];
}

for (const [way, javaScriptEnabled] of [['with scripts', true], ['without scripts', false]]) {
  test(`by keyboard alone, ${way}, somebody signs in by a mailed code, and ends where he wanted to be`, async () => {
    const address = `${way.replace(/\W/g, '')}@example.com`;
    const page = await openPage(browser, kb.url + ARTICLE, { ...PHONE, locale: 'zh-CN', javaScriptEnabled });
    await page.locator('.top a.enter').press('Enter');
    await page.locator('main #email').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'email', 'the field has the focus');
    await page.keyboard.type('no address');
    await page.keyboard.press('Enter');
    await page.locator('#fault').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'email');
    await page.locator('main #email').fill(address);
    await page.keyboard.press('Enter');
    await page.locator('#code').waitFor();
    const first = codeOf(await until(() => mailTo(address), 'the mail'));
    await page.keyboard.type(first === '000000' ? '000001' : '000000');
    await page.keyboard.press('Enter');
    await page.locator('#fault').waitFor();
    // Sent once more: the new code is the one that counts on this page.
    await page.getByRole('button', { name: '重新发送' }).press('Enter');
    await page.locator('#fault').waitFor({ state: 'detached' });
    const second = codeOf(await until(() => [mailTo(address)].find((mail) => codeOf(mail) !== first), 'another mail'));
    await page.keyboard.type(second);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => decodeURIComponent(url.pathname) === ARTICLE);
    await page.goto(`${kb.url}/me`);
    assert.match(await page.innerText('main'), new RegExp(address));
    assert.equal(await page.innerText('h1'), '您好', 'an address is no name');
    await page.getByRole('button', { name: '退出登录' }).press('Enter');
    await page.waitForURL(`${kb.url}/`);
    await page.done();
  });
}

test('each step of signing in has no accessibility violations, in three languages, light and dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const lang of LANGS) {
      const options = { ...PHONE, viewport: { width: 375, height: 740 }, colorScheme, locale: lang, bypassCSP: true, reducedMotion: 'reduce' };
      const look = async (page, name) => {
        await audit(page, `${name} in ${lang}`);
        await page.screenshot({ path: `${SCREENSHOTS}/${name}-phone-${colorScheme}-${lang}.png`, fullPage: true });
      };
      const page = await openPage(browser, `${kb.url}/sign-in?to=/c`, options);
      await page.locator('main #email').fill(`look-${colorScheme}-${lang}@example.com`.toLowerCase());
      await page.keyboard.press('Enter');
      await page.locator('#code').waitFor();
      await look(page, 'sign-in-code');
      await page.keyboard.type('1');
      await page.keyboard.press('Enter');
      await page.locator('#fault').waitFor();
      await look(page, 'sign-in-wrong');
      const link = `${kb.url}/sign-in?token=${tokenOf(kb)}&to=/c`;
      await page.goto(link);
      await page.goto(`${kb.url}/sign-in?token=${tokenOf(kb, { sub: 'u-2', name: '韩梅梅', email: 'han@example.com' })}&to=/me`);
      await look(page, 'sign-in-other');
      await page.locator('main form button').click();
      await page.waitForURL(`${kb.url}/me`);
      assert.match(await page.innerText('h1'), /韩梅梅/);
      const used = await openPage(browser, link, options);
      await used.locator('.done').waitFor();
      await look(used, 'sign-in-used');
      await used.done();
      await page.done();
    }
  }
});

test('without scripts somebody follows, confirms and stops', async () => {
  const page = await openPage(browser, kb.url + ARTICLE, { ...PHONE, locale: 'zh-CN', javaScriptEnabled: false });
  await page.locator('#follow a').click();
  await page.locator('main #email').fill('wang@example.com');
  await page.locator('main button').click();
  await page.locator('.done').waitFor();
  await page.screenshot({ path: `${SCREENSHOTS}/follow-sent.png` });
  const mail = await until(() => mailTo('wang@example.com'), 'the mail that asks');
  const plain = mail.replace(/=\r\n/g, '').replace(/=3D/g, '=');
  const decoded = plain.includes('/follow/confirm/') ? plain : Buffer.from(mail.split('\r\n\r\n')[2].split('\r\n--')[0], 'base64').toString();
  const path = decoded.match(/\/follow\/confirm\/[\w.-]+/)[0];
  await page.goto(kb.url + path);
  await page.screenshot({ path: `${SCREENSHOTS}/follow-confirm.png` });
  await page.locator('main button').click();
  await page.getByRole('heading', { name: '已关注' }).waitFor();
  await page.done();
});

test('what this tab read is on its home page, and in no other', async () => {
  const page = await openPage(browser, kb.url + ARTICLE);
  await page.goto(`${kb.url}/a/支付/invoice`);
  await page.goto(kb.url);
  const listed = page.locator('#recently-read li');
  await listed.first().waitFor();
  assert.deepEqual(await listed.allTextContents(), ['如何开具发票', '如何申请退款']);
  await listed.last().locator('a').click();
  await page.getByRole('heading', { name: '如何申请退款' }).first().waitFor();
  assert.deepEqual(page.faults, []);
  assert.equal(await page.evaluate(() => document.cookie + Object.keys(localStorage)), '');
  const other = await openPage(browser, kb.url);
  assert.ok(await other.locator('#recently-read').isHidden());
  await other.done();
  await page.done();
});

test('my page has no accessibility violations, on desk and phone, light and dark, in three languages', async () => {
  for (const [size, shape] of Object.entries({ desk: DESK, phone: PHONE })) {
    for (const colorScheme of ['light', 'dark']) {
      for (const lang of LANGS) {
        const options = { ...shape, colorScheme, locale: lang, bypassCSP: true, reducedMotion: 'reduce' };
        const page = await signedIn(ARTICLE, options);
        const follow = page.locator('#follow button');
        if (!(await follow.getAttribute('name'))) await follow.click();
        await page.locator('#follow button[name=stop]').waitFor();
        await audit(page, `the article in ${lang}`);
        await page.screenshot({ path: `${SCREENSHOTS}/article-known-${size}-${colorScheme}-${lang}.png`, fullPage: true });
        await until(async () => {
          await page.goto(`${kb.url}/me`);
          return (await page.locator('#me-reading ~ ul li').count()) > 0;
        }, 'what was read is listed');
        await audit(page, `/me in ${lang}`);
        await page.screenshot({ path: `${SCREENSHOTS}/me-${size}-${colorScheme}-${lang}.png`, fullPage: true });
        await page.goto(kb.url);
        await audit(page, `home in ${lang}`);
        await page.screenshot({ path: `${SCREENSHOTS}/home-known-${size}-${colorScheme}-${lang}.png`, fullPage: true });
        await page.goto(`${kb.url}/me/erase`);
        await page.locator('#word').fill('?');
        await page.locator('main button').click();
        await page.locator('#fault').waitFor();
        await audit(page, `/me/erase in ${lang}`);
        await page.screenshot({ path: `${SCREENSHOTS}/erase-${size}-${colorScheme}-${lang}.png`, fullPage: true });
        await page.done();
      }
    }
  }
});

test('by keyboard alone, and without scripts, somebody takes his data along and erases it', async () => {
  const page = await signedIn('/me', { ...DESK, locale: 'zh-CN', javaScriptEnabled: false });
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '下载我的数据' }).press('Enter');
  const file = await (await download).path();
  const data = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(data.signed_in_as.email, 'li.lei@example.com');
  assert.ok(data.follows.length > 0 && data.recently_read.length > 0);
  await page.getByRole('link', { name: '删除我的数据' }).press('Enter');
  await page.locator('#word').fill('删除');
  await page.keyboard.press('Enter');
  await page.locator('.done').waitFor();
  await page.goto(`${kb.url}/me`);
  assert.match(page.url(), /\/sign-in/);
  await page.done();
});
