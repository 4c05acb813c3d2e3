import type { ReactNode } from 'react';

/** The icons, drawn on one 16 px grid with one stroke. All are decoration: the words beside them say it. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      className="shrink-0"
    >
      {children}
    </svg>
  );
}

export const WarningIcon = () => (
  <Icon>
    <path d="M8 2.2 14.4 13.4H1.6Z" />
    <path d="M8 6.6v3M8 11.6v.01" />
  </Icon>
);

export const InfoIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6.2" />
    <path d="M8 7.4v3.4M8 5.1v.01" />
  </Icon>
);

export const OutgoingIcon = () => (
  <Icon>
    <path d="M6 3H3v10h10v-3M9 3h4v4M13 3 7.5 8.5" />
  </Icon>
);

export const CoinIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6.2" />
    <path d="M9.9 6.2C9.6 5.5 8.9 5.2 8 5.2c-1.1 0-1.9.5-1.9 1.4 0 2 3.9.9 3.9 2.9 0 .9-.9 1.4-2 1.4-1 0-1.8-.4-2-1.1M8 4.2v7.6" />
  </Icon>
);

export const SparkIcon = () => (
  <Icon>
    <path d="M8 2v12M2 8h12M4 4l8 8M12 4l-8 8" />
  </Icon>
);

export const EyeOffIcon = () => (
  <Icon>
    <path d="M2 2l12 12M6.5 4.1C7 4 7.5 3.9 8 3.9c3.6 0 6 4.1 6 4.1s-.6 1.1-1.7 2.1M4 5.5C2.7 6.6 2 8 2 8s2.4 4.1 6 4.1c.9 0 1.8-.3 2.5-.6" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="2" />
    <path d="M10.5 5.5V4.5a2 2 0 0 0-2-2h-4a2 2 0 0 0-2 2v4a2 2 0 0 0 2 2h1" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m3 8.5 3.2 3.2L13 4.8" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon>
    <path d="m6 3.5 4.5 4.5L6 12.5" />
  </Icon>
);

export const LogoMark = () => (
  <svg aria-hidden="true" viewBox="0 0 32 32" width="24" height="24" className="shrink-0">
    <rect width="32" height="32" rx="8" fill="#14251d" />
    <circle cx="16" cy="16" r="9.5" fill="none" stroke="#35c483" strokeOpacity=".35" strokeWidth="2" />
    <circle cx="16" cy="16" r="6" fill="#35c483" />
  </svg>
);
