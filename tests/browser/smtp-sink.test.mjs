// Does the mail server of these tests understand what kb writes?

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startSink } from './smtp-sink.mjs';

const MAIL = [
  'From: "=?utf-8?b?5biu5Yqp?=" <help@example.com>',
  'To: li@example.cn',
  'Subject: [KB-2611-0042] =?utf-8?b?5bey5pS2?= =?utf-8?b?5Yiw?=',
  'Content-Type: multipart/alternative; boundary="kb-1"',
  '',
  '--kb-1', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '',
  Buffer.from('您好：\nhttps://help.example.com/case/1\n').toString('base64'),
  '--kb-1', 'Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '',
  '<p>=E6=82=A8=\r\n=E5=A5=BD</p>',
  '..a line that begins with a dot',
  '--kb-1--', '.',
];

test('keeps what it is given, decoded', async () => {
  const sink = await startSink();
  const port = new URL(sink.url.replace('smtp:', 'http:')).port;
  const socket = connect(port, '127.0.0.1');
  socket.on('data', () => {});
  socket.write(['EHLO x', 'MAIL FROM:<help@example.com>', 'RCPT TO:<li@example.cn>', 'DATA', ...MAIL, 'QUIT', ''].join('\r\n'));
  const mail = await sink.waitFor(({ to }) => to.includes('li@example.cn'));
  assert.equal(mail.subject, '[KB-2611-0042] 已收到');
  assert.deepEqual(mail.links, ['https://help.example.com/case/1']);
  assert.match(mail.html, /^<p>您好<\/p>\r\n\.a line/);
  await assert.rejects(sink.waitFor(() => false, 10), /li@example\.cn: \[KB-2611-0042\]/);
  await sink.stop();
});
