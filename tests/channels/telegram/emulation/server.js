// Runs telegram-test-api on a port, with what it leaves out of the real Bot API put in. Usage: node server.js PORT
'use strict';

const sending = require('telegram-test-api/lib/modules/sendResult');

// It answers null where Telegram answers True.
const { sendResult } = sending;
sending.sendResult = (request, response, next) => sendResult(request, response, () => {
  const send = response.sendResult;
  response.sendResult = (answer) => send(answer && answer.result === null ? { ...answer, result: true } : answer);
  next();
});

const { TelegramServer } = require('telegram-test-api/lib/telegramServer');

// Its messages have milliseconds for a date; Telegram counts seconds.
const { addBotMessage } = TelegramServer.prototype;
TelegramServer.prototype.addBotMessage = function add(...given) {
  const message = addBotMessage.apply(this, given);
  return { ...message, date: Math.floor(message.date / 1000) };
};

// Its callback queries lack a field that Telegram always sends.
const { formatUpdate } = TelegramServer;
TelegramServer.formatUpdate = (given) => {
  const update = formatUpdate(given);
  if (update.callback_query) update.callback_query.chat_instance = '1';
  return update;
};

// Methods that it does not know, and one whose answer lacks what Telegram always sends.
const ANSWERS = {
  getMe: { id: 666, is_bot: true, first_name: 'Test', username: 'TestNameBot' },
  sendChatAction: true,
  setMyCommands: true,
  leaveChat: true,
};
const server = new TelegramServer({ port: Number(process.argv[2]), host: '127.0.0.1', storeTimeout: 3600 });
const emulated = server.webServer;
server.webServer = (request, response) => {
  const result = ANSWERS[(/^\/bot[^/]+\/(\w+)$/.exec(request.url) || [])[1]];
  if (result === undefined) return emulated(request, response);
  response.setHeader('content-type', 'application/json');
  request.resume();
  return response.end(JSON.stringify({ ok: true, result }));
};

server.webServer.settings = emulated.settings;

server.start().then(() => console.log('ready'));
// It ends with whoever started it.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
