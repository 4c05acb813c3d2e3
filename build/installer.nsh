; Taken by electron-builder into the installer for Windows.

!macro customUnInstall
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/KEEP_APP_DATA" $R1
  ; Not where another version takes its place.
  ${if} ${Errors}
  ${andIfNot} ${isUpdated}
    ; What Greenlight told Windows of itself while it ran: its links, and its start when the person signs in.
    DeleteRegKey HKCU "Software\Classes\greenlight"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run" "${APP_ID}"
    ; With /S nobody is there to read. (A one-click uninstaller is silent by itself, once it was confirmed.)
    ClearErrors
    ${GetOptions} $R0 "/S" $R1
    ${if} ${Errors}
      MessageBox MB_OK|MB_ICONINFORMATION 'Greenlight leaves what it kept in $APPDATA\${PRODUCT_NAME}: settings, policies and the log of calls. Delete that folder if you do not want it any more. Clients that were connected still have an entry called "greenlight" in their configuration.'
    ${endIf}
  ${endIf}
!macroend
