import { expect, test } from 'vitest';
import { responseOf } from '../../../main/notify/node-notifier.ts';

test.each([
  ['Windows, the button Allow', 'allow', { activationType: 'Allow' }, 'allow'],
  ['Windows, the button Deny', 'deny', { activationType: 'Deny' }, 'deny'],
  ['Windows, a click', 'activate', { activationType: 'clicked' }, 'open'],
  ['Windows, swept away', 'dismissed', { activationType: 'dismissed' }, 'closed'],
  ['Windows, gone by itself', 'timeout', { activationType: 'timedout' }, 'closed'],
  [
    'macOS, the action Allow',
    'activate',
    { activationType: 'actionClicked', activationValue: 'Allow' },
    'allow',
  ],
  [
    'macOS, the action Deny',
    'activate',
    { activationType: 'actionClicked', activationValue: 'Deny' },
    'deny',
  ],
  ['macOS, a click', 'activate', { activationType: 'contentsClicked' }, 'open'],
  [
    'macOS, a click that carries a label',
    'activate',
    { activationType: 'contentsClicked', activationValue: 'Allow' },
    'open',
  ],
  ['macOS, an action without a label', 'activate', { activationType: 'actionClicked' }, 'closed'],
  ['macOS, closed', 'closed', { activationType: 'closed', activationValue: 'Allow' }, 'closed'],
  ['macOS, gone by itself', 'timeout', { activationType: 'timeout' }, 'closed'],
  ['something unknown', 'replied', {}, 'closed'],
  ['nothing', '', {}, 'closed'],
])('%s', (_, response, metadata, expected) => {
  expect(responseOf(response, metadata)).toBe(expected);
});

test.each([
  ['Windows', 'use it', { activationType: 'Use it' }, 'allow'],
  ['Windows', 'keep mine', {}, 'deny'],
  ['macOS', 'activate', { activationType: 'actionClicked', activationValue: 'Use it' }, 'allow'],
  ['macOS', 'activate', { activationType: 'actionClicked', activationValue: 'Keep mine' }, 'deny'],
  ['a label of another notification', 'allow', {}, 'closed'],
])('its own labels, %s: %s', (_, response, metadata, expected) => {
  expect(responseOf(response, metadata, { allow: 'Use it', deny: 'Keep mine' })).toBe(expected);
});
