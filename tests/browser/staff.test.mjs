// Do people of the desk come in as they should? With an identity provider of their company that runs as a process of its own, with an
// app's codes, by a letter.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Provider from 'oidc-provider';
import { BINARY, SCREENSHOTS, startBrowser, startKb, until } from './support.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PASSWORD = 'a long enough password';
const PHONE = { viewport: { width: 375, height: 812 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'zh-CN', reducedMotion: 'reduce' };
const WIDE = { viewport: { width: 1280, height: 850 }, locale: 'zh-CN', reducedMotion: 'reduce' };

let kb;
let browser;
let company;

// The provider listens before kb does, whose address it learns afterwards.
async function startCompany() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const people = {
    xin: { email: 'xin@example.com', email_verified: true, name: '新同事', groups: ['kb-agents'] },
    fake: { email: 'boss@example.com', email_verified: false, name: '冒名', groups: ['kb-admins'] },
    guest: { email: 'guest@example.com', email_verified: true, name: '访客', groups: ['others'] },
  };
  const begin = (back) => {
    const provider = new Provider(issuer, {
      clients: [{ client_id: 'kb', client_secret: 'a secret of both, long enough', redirect_uris: [back], response_types: ['code'], grant_types: ['authorization_code'] }],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
      findAccount: async (_, id) => people[id] && { accountId: id, claims: async () => ({ sub: id, ...people[id] }) },
      pkce: { required: () => true },
      cookies: { keys: ['of this test alone'] },
    });
    server.on('request', provider.callback());
  };
  return { issuer, begin, stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}

const command = (args, input = '') => execFileSync(BINARY, args, { cwd: kb.folder, input, stdio: ['pipe', 'pipe', 'pipe'] }).toString();

before(async () => {
  company = await startCompany();
  kb = await startKb([], `[staff.oidc]\nissuer = "${company.issuer}"\nclient_id = "kb"\nclient_secret = "a secret of both, long enough"\nbutton = "用公司账号登录"\nroles = ["kb-admins = admin", "kb-agents = agent"]\naccounts = "everybody"\n`);
  company.begin(`${kb.url}/desk/oidc/return`);
  await until(async () => (await fetch(`${kb.url}/desk/sign-in`)).ok, 'the desk is open');
  command(['user', 'add', 'boss@example.com', '--name', 'Ada', '--role', 'admin'], `${PASSWORD}\n`);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await kb?.stop();
  await company?.stop();
});

async function open(options, path) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(kb.url + path);
  page.done = () => context.close();
  return page;
}

async function audit(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' ')}`)), [], name);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} scrolls sideways`);
  await page.screenshot({ path: `${SCREENSHOTS}/staff-${name}.png`, fullPage: true });
}

// The provider's own page asks who it is, and whether he agrees.
async function byCompany(page, who) {
  await page.getByRole('link', { name: '用公司账号登录' }).click();
  await page.waitForURL(/127\.0\.0\.1.*\/interaction\//);
  await page.fill('[name=login]', who);
  await page.fill('[name=password]', 'anything');
  await page.click('[type=submit]');
  await page.locator('button[autofocus], [type=submit]').first().click();
  await page.waitForURL(new RegExp(kb.url));
}

test('S30 somebody of the company comes in by its provider, and goes where he wanted', async () => {
  const page = await open({ ...PHONE, bypassCSP: true }, '/desk/me');
  await audit(page, 'door-phone');
  await byCompany(page, 'xin');
  await page.waitForURL(/\/desk\/me$/);
  assert.match(await page.locator('.lead-text').textContent(), /xin@example\.com · 客服/);
  await audit(page, 'me-phone');
  await page.done();
});

test('S30 an address that was not verified opens nobody else’s account, and a stranger is told so', async () => {
  for (const [who, said] of [['fake', '没有完成'], ['guest', '还不能使用这个服务台']]) {
    const page = await open({ ...WIDE, bypassCSP: true }, '/desk');
    await byCompany(page, who);
    await page.locator('.door-said', { hasText: said }).waitFor();
    await audit(page, `refused-${who}`);
    await page.done();
  }
});

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

// What the app on a telephone shows, so many steps from now.
function codeOf(secret, steps = 0) {
  const bits = [...secret.replaceAll(' ', '')].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function password(page, email) {
  await page.fill('#email', email);
  await page.fill('#password', PASSWORD);
  await page.keyboard.press('Enter');
}

test('a second step is set up by a picture, and asked for from then on', async () => {
  let page = await open({ ...PHONE, colorScheme: 'dark', bypassCSP: true }, '/desk/second-step');
  await password(page, 'boss@example.com');
  await page.waitForURL(/second-step/);
  const picture = page.locator('.squares');
  assert.ok(await picture.evaluate((img) => img.complete && img.naturalWidth > 100), 'the picture is drawn');
  await audit(page, 'second-step-phone-dark');
  const secret = await page.locator('.secret').textContent();
  await page.fill('[name=code]', codeOf(secret));
  await page.keyboard.press('Enter');
  await page.locator('.codes li').first().waitFor();
  assert.equal(await page.locator('.codes li').count(), 10);
  await audit(page, 'codes-phone-dark');
  await page.done();
  page = await open({ ...WIDE, bypassCSP: true }, '/desk/me');
  await password(page, 'boss@example.com');
  await page.locator('#code:focus').waitFor();
  await audit(page, 'code');
  await page.keyboard.type('000000');
  await page.keyboard.press('Enter');
  await page.locator('.door-error').waitFor();
  await page.fill('#code', codeOf(secret, 1));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/desk\/me$/);
  // With what administrators have: a key that is shown once, who is signed in where, what was done.
  await page.goto(`${kb.url}/desk/keys`);
  await page.fill('[name=name]', '内网门户');
  await page.getByRole('button', { name: '新建密钥' }).click();
  const key = await page.locator('.made code').textContent();
  await audit(page, 'keys');
  assert.equal((await fetch(`${kb.url}/api/v1/search?q=x`, { headers: { authorization: `Bearer ${key}` } })).status, 200);
  await page.goto(`${kb.url}/desk/keys`);
  assert.ok(!(await page.content()).includes(key));
  await page.getByRole('button', { name: '撤销' }).click();
  assert.equal((await fetch(`${kb.url}/api/v1/search?q=x`, { headers: { authorization: `Bearer ${key}` } })).status, 401);
  await page.goto(`${kb.url}/desk/audit`);
  await page.locator('.deeds b[title="key.revoked"]', { hasText: '撤销了 API 密钥' }).waitFor();
  await audit(page, 'audit');
  await page.done();
});

test('an invitation becomes an account, without scripts', async () => {
  command(['user', 'invite', 'neu@example.com', '--name', '小新', '--role', 'editor']);
  const link = await until(async () => {
    const folder = join(kb.folder, '.kb/mail');
    const mails = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('=\r\n', ''));
    return mails.join('\n').match(/\/desk\/invitation\/[0-9A-Za-z]{32}/)?.[0];
  }, 'the letter is there');
  const page = await open({ ...PHONE, javaScriptEnabled: false }, link);
  await page.screenshot({ path: `${SCREENSHOTS}/staff-invitation-phone.png`, fullPage: true });
  await page.fill('#password', 'password123!');
  await page.locator('.button').click();
  await page.locator('.door-error', { hasText: '很多人用这个密码' }).waitFor();
  await page.fill('#password', '七月的雨下在旧码头上');
  await page.locator('.button').click();
  await page.waitForURL(/\/desk$/);
  await page.goto(kb.url + link);
  await page.locator('h1', { hasText: '这个链接已失效' }).waitFor();
  await page.done();
});

// All that an administrator has, with what folds open, as three readers see it.
const SEEN = [
  { lang: 'zh-CN', options: { ...PHONE, colorScheme: 'dark' }, look: 'phone-dark' },
  { lang: 'zh-TW', options: { ...WIDE, colorScheme: 'dark' }, look: 'wide-dark' },
  { lang: 'en', options: PHONE, look: 'phone' },
  { lang: 'en', options: WIDE, look: 'wide' },
];

test('every page of an administrator has no accessibility violations, on desk and phone, light and dark, in three languages', async () => {
  command(['user', 'add', 'look@example.com', '--name', '周看', '--role', 'admin'], `${PASSWORD}\n`);
  command(['user', 'add', 'lan@example.com', '--name', '蓝兰', '--role', 'agent'], `${PASSWORD}\n`);
  command(['user', 'invite', 'late@example.com', '--name', '迟到', '--role', 'specialist']);
  command(['user', 'change', 'lan@example.com', '--role', 'editor']);
  command(['user', 'disable', 'lan@example.com']);
  command(['key', 'add', '--name', '官网', '--scope', 'search', '--origin', 'https://www.example.com']);
  for (const { lang, options, look } of SEEN) {
    const page = await open({ ...options, bypassCSP: true }, '/desk/me');
    await password(page, 'look@example.com');
    await page.waitForURL(/\/desk\/me$/);
    await page.selectOption('[name=lang]', lang);
    await page.locator('form[action="/desk/me"] .small-button').click();
    await page.waitForURL(/\/desk\/me$/);
    assert.equal(await page.getAttribute('html', 'lang'), lang);
    const accounts = await page.goto(`${kb.url}/desk/accounts`).then(() => page.locator('a[href$="/sessions"]').first().getAttribute('href'));
    for (const path of ['/desk', '/desk/me', '/desk/accounts', accounts, '/desk/keys', '/desk/audit', '/desk/second-step', '/desk/canned', '/desk/questions', '/desk/outbox']) {
      await page.goto(kb.url + path);
      await page.locator('main details').evaluateAll((all) => all.forEach((one) => { one.open = true; }));
      const name = path === accounts ? 'sessions' : path.replace('/desk', '').slice(1) || 'queue';
      await audit(page, `all-${name}-${lang}-${look}`);
    }
    await page.done();
  }
});

test('the doors of the desk have no accessibility violations, in three languages, and lead in by keyboard alone', async () => {
  for (const { lang, options, look } of SEEN) {
    for (const [name, path] of [['sign-in', '/desk/sign-in'], ['forgot', '/desk/forgot'], ['gone', '/desk/invitation/0123456789bcdfghjkmnpqrstvwxyzAB']]) {
      const page = await open({ ...options, bypassCSP: true }, `${path}?hl=${lang}`);
      assert.equal(await page.getAttribute('html', 'lang'), lang);
      await audit(page, `door-${name}-${lang}-${look}`);
      await page.done();
    }
  }
  const page = await open(WIDE, '/desk/sign-in?next=/desk/keys');
  await page.keyboard.type('look@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/desk\/keys$/);
  // The form is opened, filled and sent without a pointer; what is wrong is said, and nothing typed is lost.
  const summary = page.locator('main summary').first();
  await summary.focus();
  if (!(await summary.evaluate((one) => one.parentElement.open))) await page.keyboard.press('Enter');
  await page.locator('[name=name]').focus();
  await page.keyboard.type('键盘');
  await page.locator('[name=origins]').focus();
  await page.keyboard.type('www.example.com');
  await page.keyboard.press('Enter');
  await page.locator('[role=alert]', { hasText: 'https://www.example.com' }).waitFor();
  assert.equal(await page.inputValue('[name=name]'), '键盘');
  await page.locator('[name=origins]').focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('https://www.example.com');
  await page.keyboard.press('Enter');
  await page.locator('.made code').waitFor();
  await page.done();
});
