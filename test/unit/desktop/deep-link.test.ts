import { expect, test } from 'vitest';
import { approvalOfLink, linkAmong } from '../../../main/desktop/deep-link.ts';

const id = '9f1c2f6e-5a54-4a0e-9a53-0d8f6a0c1b2d';

test('a link names an approval', () => {
  expect(approvalOfLink(`greenlight://approval/${id}`)).toBe(id);
  expect(approvalOfLink(`GREENLIGHT://approval/${id.toUpperCase()}/`)).toBe(id);
});

test.each([
  '',
  'greenlight://',
  'greenlight://approval/',
  `greenlight://approval/${id}?answer=allow`,
  `greenlight://approval/${id}#allow`,
  `greenlight://approval/${id}/allow`,
  `greenlight://approval/${id}\nallow`,
  `greenlight://approval//${id}`,
  `greenlight://user@approval/${id}`,
  `greenlight://approval:80/${id}`,
  `greenlight://approvals/${id}`,
  `greenlight:approval/${id}`,
  `https://approval/${id}`,
  ` greenlight://approval/${id}`,
  `greenlight://approval/${id}${id}`,
  'greenlight://approval/<script>alert(1)</script>',
  'greenlight://approval/%2e%2e%2fsettings',
])('%j names none', (link) => {
  expect(approvalOfLink(link)).toBeUndefined();
});

test('the link is found among the arguments of a process', () => {
  expect(linkAmong(['/opt/greenlight', '--flag', `greenlight://approval/${id}`])).toBe(
    `greenlight://approval/${id}`,
  );
  expect(linkAmong(['/opt/greenlight', 'https://greenlight.example'])).toBeUndefined();
});
