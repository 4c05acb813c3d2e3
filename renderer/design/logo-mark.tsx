/** Greenlight's mark. Decoration: its name stands beside it. All other icons are lucide's. */
export const LogoMark = () => (
  <svg aria-hidden="true" viewBox="0 0 32 32" width="24" height="24" className="shrink-0">
    <rect width="32" height="32" rx="8" fill="#14251d" />
    <circle cx="16" cy="16" r="9.5" fill="none" stroke="#35c483" strokeOpacity=".35" strokeWidth="2" />
    <circle cx="16" cy="16" r="6" fill="#35c483" />
  </svg>
);
