// What does the box say? Three languages; `{q}` is the query, `{n}` a number. Every text can be overridden by its key.

const TEXTS = {
  'zh-CN': {
    label: '搜索帮助中心',
    placeholder: '有什么可以帮您？',
    popular: '大家都在问',
    suggestions: '猜您想问',
    results: '搜索结果',
    searchFor: '搜索“{q}”',
    searching: '正在搜索…',
    found: '找到 {n} 条结果',
    answer: '答案',
    question: '社区问答',
    all: '查看全部 {n} 条结果',
    none: '没有找到与“{q}”有关的内容',
    noneHint: '换个说法试试，或者直接问我们。',
    unsure: '这些内容可能答不上您的问题',
    unsureHint: '直接问我们会更快，下面是比较接近的文章。',
    ask: '联系我们',
    askHint: '没有找到答案？我们来帮您。',
    didYouMean: '您是不是要找',
    offline: '网络断开了，恢复后自动重试。',
    network: '连不上帮助中心，请稍后重试。',
    busy: '搜索得太频繁了，请过 {n} 秒再试。',
    broken: '出了点问题，请稍后重试。',
    retry: '重试',
    clear: '清除',
    close: '关闭',
    back: '返回结果',
    read: '在帮助中心阅读',
    home: '打开帮助中心',
  },
  'zh-TW': {
    label: '搜尋說明中心',
    placeholder: '需要什麼協助？',
    popular: '大家都在問',
    suggestions: '猜您想問',
    results: '搜尋結果',
    searchFor: '搜尋「{q}」',
    searching: '正在搜尋…',
    found: '找到 {n} 筆結果',
    answer: '解答',
    question: '社群問答',
    all: '查看全部 {n} 筆結果',
    none: '找不到與「{q}」有關的內容',
    noneHint: '換個說法試試，或直接詢問我們。',
    unsure: '這些內容可能無法解答您的問題',
    unsureHint: '直接詢問我們會更快，以下是較接近的文章。',
    ask: '聯絡我們',
    askHint: '沒有找到答案？我們來協助您。',
    didYouMean: '您是不是要找',
    offline: '網路已中斷，恢復後會自動重試。',
    network: '連不上說明中心，請稍後重試。',
    busy: '搜尋得太頻繁了，請過 {n} 秒再試。',
    broken: '發生了問題，請稍後重試。',
    retry: '重試',
    clear: '清除',
    close: '關閉',
    back: '返回結果',
    read: '在說明中心閱讀',
    home: '開啟說明中心',
  },
  en: {
    label: 'Search the help centre',
    placeholder: 'How can we help?',
    popular: 'Often asked',
    suggestions: 'Suggestions',
    results: 'Results',
    searchFor: 'Search for “{q}”',
    searching: 'Searching…',
    found: '{n} results',
    answer: 'Answer',
    question: 'Community',
    all: 'All {n} results',
    none: 'Nothing found for “{q}”',
    noneHint: 'Try other words, or just ask us.',
    unsure: 'These may not answer your question',
    unsureHint: 'Asking us will be quicker. Below is what comes closest.',
    ask: 'Contact us',
    askHint: 'No answer here? We will help.',
    didYouMean: 'Did you mean',
    offline: 'You are offline. We will try again when you are back.',
    network: 'The help centre cannot be reached. Please try again later.',
    busy: 'Too many searches. Please try again in {n} seconds.',
    broken: 'Something went wrong. Please try again later.',
    retry: 'Try again',
    clear: 'Clear',
    close: 'Close',
    back: 'Back to results',
    read: 'Read in the help centre',
    home: 'Open the help centre',
  },
};

// The language nearest to that of the page or of the reader, and its texts with the page's own in place of ours.
export function textsFor(tag, json, own) {
  const lang = nearestLang(tag) || nearestLang(navigator.language) || 'en';
  return { lang, texts: { ...TEXTS[lang], ...overrides(json), ...own } };
}

function nearestLang(tag) {
  const lower = (tag || '').toLowerCase().replace(/_/g, '-');
  if (/^en\b/.test(lower)) return 'en';
  if (!/^zh\b/.test(lower)) return null;
  return !/hans/.test(lower) && /-(hant|tw|hk|mo)\b/.test(lower) ? 'zh-TW' : 'zh-CN';
}

export function fill(text, values) {
  return text.replace(/\{(\w)\}/g, (_, key) => values[key] ?? '');
}

// A page's own wording, as JSON in the attribute; what is no object of texts is left aside.
function overrides(json) {
  try {
    const texts = JSON.parse(json || '{}');
    return Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string'));
  } catch {
    return {};
  }
}
