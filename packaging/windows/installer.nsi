; The installer for Windows: per user, without administrator rights. installer.py compiles it.
;
;   setup.exe /S [/D=C:\folder]         installs, upgrades or repairs silently (/D= comes last)
;   uninstall.exe /S [/REMOVEDATA]      removes silently; user data is kept without the option
;
; Exit codes: 0 done, 1 cancelled, 2 unsupported Windows or a failure, 3 the program is running,
; 4 the folder contains other files. uninstall.exe continues in a copy of itself and exits with 0 at
; once, unless _?=C:\folder is its last argument.
;
; Given by installer.py: VERSION VERSION4 COPYRIGHT PUBLISHER SIZE_KB OUT, FILES with the macro
; InstallFiles, and with a certificate SIGN, a command that signs the file given to it.
Unicode true
ManifestDPIAware true
ManifestLongPathAware true
ManifestSupportedOS Win10
RequestExecutionLevel user
!ifdef PLAIN
  SetCompress off ; for tests, which compile often
!else
  SetCompressor /SOLID lzma
!endif
; Files get the time of installation, so that builds are reproducible.
SetDateSave off
AllowSkipFiles off
ShowInstDetails nevershow
ShowUninstDetails nevershow

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "x64.nsh"
!include "WinVer.nsh"
!include "${__FILEDIR__}\shortcut.nsh"
!include "${FILES}"

!define APP "RunComfy Desktop"
!define APP_ID "io.github.runcomfy_desktop.RunComfyDesktop"
!define EXE "runcomfy-desktop.exe"
!define SCHEME "runcomfy-desktop"
!define INDEPENDENT "An independent program, not made by RunComfy."
!define HOME "https://github.com/runcomfy-desktop/runcomfy-desktop"
!define UNKEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\RunComfyDesktop"
!define CLASSES "Software\Classes"
; List of installed files, one name a line, relative to the folder; folders end in \ and come last.
!define LIST "_internal\installed-files.txt"
!define CODE_FAILED 2
!define CODE_RUNNING 3
!define CODE_OTHER_FILES 4

Name "${APP}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\RunComfy Desktop"
InstallDirRegKey HKCU "${UNKEY}" "InstallLocation"
BrandingText "${INDEPENDENT}"

VIProductVersion "${VERSION4}"
VIAddVersionKey /LANG=1033 "ProductName" "${APP}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "CompanyName" "${PUBLISHER}"
VIAddVersionKey /LANG=1033 "FileDescription" "${APP} setup"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "LegalCopyright" "${COPYRIGHT}"

!ifdef SIGN
  !finalize '${SIGN} "%1"' = 0
  !uninstfinalize '${SIGN} "%1"' = 0
!endif

Var WhatHappens ; the text of the first page
Var Before ; the folder of an existing installation
Var Line

!define MUI_ICON "${__FILEDIR__}\runcomfy-desktop.ico"
!define MUI_UNICON "${__FILEDIR__}\runcomfy-desktop.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${__FILEDIR__}\sidebar.bmp"
!define MUI_ABORTWARNING
!define MUI_WELCOMEPAGE_TITLE "${APP} ${VERSION}"
!define MUI_WELCOMEPAGE_TEXT "$WhatHappens$\r$\n$\r$\n${INDEPENDENT} Runs are billed by RunComfy to \
the account whose key you connect; the built-in demo costs nothing.$\r$\n$\r$\nIt is installed for \
you alone and needs no administrator."
!insertmacro MUI_PAGE_WELCOME
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE CheckFolder
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\${EXE}"
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!insertmacro MUI_PAGE_FINISH
!define MUI_PAGE_HEADER_TEXT "Remove ${APP}"
!define MUI_PAGE_HEADER_SUBTEXT "Choose whether your own data is removed with it."
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_COMPONENTSPAGE_TEXT_TOP "Results in your pictures folder are kept in any case."
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; --- both halves ------------------------------------------------------------------------------

!macro Shared un
; Takes a folder from the stack; aborts if the program in it is running. The file of a running
; program cannot be opened for writing.
Function ${un}MustNotRun
  Exch $0
  Push $1
  ${Do}
    ${IfNot} ${FileExists} "$0\${EXE}"
      ${ExitDo}
    ${EndIf}
    ClearErrors
    FileOpen $1 "$0\${EXE}" a
    ${IfNot} ${Errors}
      FileClose $1
      ${ExitDo}
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${APP} is running, so its files cannot be \
changed. Nothing was changed yet.$\r$\n$\r$\nClose its window, then choose Retry. Jobs that are under \
way are taken up again at the next start.$\r$\n$\r$\nWithout a window, its demo service may be left over: it ends \
by itself within ten minutes." /SD IDCANCEL IDRETRY +3
    SetErrorLevel ${CODE_RUNNING}
    Quit
  ${Loop}
  Pop $1
  Pop $0
FunctionEnd

; Takes a folder from the stack and removes only the files that an earlier installer put there.
Function ${un}RemoveListed
  Exch $0
  Push $1
  Push $2
  ClearErrors
  FileOpen $1 "$0\${LIST}" r
  ${IfNot} ${Errors}
    ${Do}
      ClearErrors
      FileRead $1 $Line
      ${If} ${Errors}
        ; The list is truncated. While open, it could not be rewritten.
        FileClose $1
        ${ExitDo}
      ${EndIf}
      ${Do}
        StrCpy $2 $Line 1 -1
        ${If} $2 == "$\n"
        ${OrIf} $2 == "$\r"
          StrCpy $Line $Line -1
        ${Else}
          ${ExitDo}
        ${EndIf}
      ${Loop}
      ${If} $Line == ""
        ${Continue}
      ${EndIf}
      StrCpy $2 $Line 1 -1
      ${If} $2 == "\"
        StrCpy $Line $Line -1
        ${If} $Line == "_internal"
          ; It contains the list that is being read.
          FileClose $1
          Delete "$0\${LIST}"
          RMDir "$0\_internal"
          ${ExitDo}
        ${EndIf}
        RMDir "$0\$Line"
      ${Else}
        Delete "$0\$Line"
      ${EndIf}
    ${Loop}
  ${EndIf}
  Delete "$0\uninstall.exe"
  Pop $2
  Pop $1
  Pop $0
FunctionEnd
!macroend
!insertmacro Shared ""
!insertmacro Shared "un."

; Tells Windows that file associations have changed.
!macro TellShell
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
!macroend

; --- installing -------------------------------------------------------------------------------

Function .onInit
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    MessageBox MB_ICONSTOP "${APP} needs 64-bit Windows 10 or later. Nothing was installed." /SD IDOK
    SetErrorLevel ${CODE_FAILED}
    Quit
  ${EndIf}
  ReadRegStr $Before HKCU "${UNKEY}" "InstallLocation"
  ReadRegStr $0 HKCU "${UNKEY}" "DisplayVersion"
  ${If} $0 == ""
    StrCpy $WhatHappens "This installs a client for RunComfy's Serverless API."
  ${ElseIf} $0 == "${VERSION}"
    StrCpy $WhatHappens "This version is installed already. It will be repaired: all its files are \
put in place anew. Your jobs, drafts and settings are kept."
  ${Else}
    StrCpy $WhatHappens "Version $0 is installed. It will be replaced by version ${VERSION}. Your \
jobs, drafts and settings are kept."
  ${EndIf}
FunctionEnd

Function .onInstFailed
  SetErrorLevel ${CODE_FAILED}
FunctionEnd

; A folder with foreign files is neither filled nor emptied later.
Function CheckFolder
  ${If} ${FileExists} "$INSTDIR\${LIST}"
  ${OrIf} ${FileExists} "$INSTDIR\${EXE}"
    Return
  ${EndIf}
  ${DirState} "$INSTDIR" $0
  ${If} $0 == 1
    MessageBox MB_ICONEXCLAMATION "The folder $INSTDIR holds other files. Nothing was changed. \
Choose an empty folder or a new one." /SD IDOK
    SetErrorLevel ${CODE_OTHER_FILES}
    ${If} ${Silent}
      Quit
    ${EndIf}
    Abort
  ${EndIf}
FunctionEnd

Function NameShortcut
  System::Store S
  !insertmacro OpenShortcut "$SMPROGRAMS\${APP}.lnk"
  !insertmacro SetShortcutId "${APP_ID}"
  !insertmacro SaveShortcut "$SMPROGRAMS\${APP}.lnk"
  System::Store L
FunctionEnd

Section "Program"
  ${If} ${Silent}
    Call CheckFolder
  ${EndIf}
  Push $INSTDIR
  Call MustNotRun
  ${If} $Before != ""
  ${AndIf} $Before != $INSTDIR
    Push $Before
    Call MustNotRun
    Push $Before
    Call RemoveListed
    RMDir "$Before"
  ${EndIf}
  ; No file of an older version is left.
  Push $INSTDIR
  Call RemoveListed
  !insertmacro InstallFiles
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  WriteRegStr HKCU "${UNKEY}" "DisplayName" "${APP}"
  WriteRegStr HKCU "${UNKEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNKEY}" "DisplayIcon" "$INSTDIR\${EXE}"
  WriteRegStr HKCU "${UNKEY}" "Publisher" "${PUBLISHER}"
  WriteRegStr HKCU "${UNKEY}" "Comments" "${INDEPENDENT}"
  WriteRegStr HKCU "${UNKEY}" "URLInfoAbout" "${HOME}"
  WriteRegStr HKCU "${UNKEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNKEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNKEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNKEY}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${UNKEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNKEY}" "NoRepair" 1

  CreateShortcut "$SMPROGRAMS\${APP}.lnk" "$INSTDIR\${EXE}" "" "$INSTDIR\${EXE}" 0 SW_SHOWNORMAL "" \
    "Run your ComfyUI deployments. ${INDEPENDENT}"
  Call NameShortcut

  ; Listed under "Open with" for every JSON file, and the default for none.
  !define OPENS "${CLASSES}\Applications\${EXE}"
  WriteRegStr HKCU "${OPENS}" "FriendlyAppName" "${APP}"
  WriteRegStr HKCU "${OPENS}\SupportedTypes" ".json" ""
  WriteRegStr HKCU "${OPENS}\DefaultIcon" "" "$INSTDIR\${EXE},0"
  WriteRegStr HKCU "${OPENS}\shell\open\command" "" '"$INSTDIR\${EXE}" "%1"'
  WriteRegStr HKCU "${CLASSES}\${SCHEME}" "" "URL:${APP}"
  WriteRegStr HKCU "${CLASSES}\${SCHEME}" "URL Protocol" ""
  WriteRegStr HKCU "${CLASSES}\${SCHEME}\DefaultIcon" "" "$INSTDIR\${EXE},0"
  WriteRegStr HKCU "${CLASSES}\${SCHEME}\shell\open\command" "" '"$INSTDIR\${EXE}" "%1"'
  !insertmacro TellShell
SectionEnd

; --- removing ---------------------------------------------------------------------------------

Section "un.${APP}" UnProgram
  SectionIn RO
  Push $INSTDIR
  Call un.MustNotRun
  Push $INSTDIR
  Call un.RemoveListed
  ; Without /r: files of the user stay, and then so does the folder.
  RMDir "$INSTDIR"
  RMDir "$LOCALAPPDATA\Programs"
  Delete "$SMPROGRAMS\${APP}.lnk"
  DeleteRegKey HKCU "${UNKEY}"
  DeleteRegKey HKCU "${CLASSES}\Applications\${EXE}"
  DeleteRegKey HKCU "${CLASSES}\${SCHEME}"
  !insertmacro TellShell
SectionEnd

; Keyring stores one secret under the program's name in the Credential Manager, and others (a proxy's
; password, the key of another address) under their own names, followed by @ and that name.
Function un.RemoveKeys
  System::Store S
  System::Call 'advapi32::CredEnumerateW(p 0, i 0, *i.r0, *p.r1)i.r2'
  ${If} $2 <> 0
    StrCpy $3 $1
    ${DoWhile} $0 > 0
      System::Call '*$3(p.r4)'
      System::Call '*$4(i, i.r5, w.r6)'
      StrCpy $7 "@$6" "" -17
      ${If} $7 S== "@runcomfy-desktop"
        System::Call 'advapi32::CredDeleteW(w r6, i r5, i 0)'
      ${EndIf}
      IntPtrOp $3 $3 + ${NSIS_PTR_SIZE}
      IntOp $0 $0 - 1
    ${Loop}
    System::Call 'advapi32::CredFree(p r1)'
  ${EndIf}
  System::Store L
FunctionEnd

Section /o "un.My jobs, drafts, settings, logs and key" UnData
  RMDir /r "$LOCALAPPDATA\runcomfy-desktop"
  Call un.RemoveKeys
SectionEnd

Function un.onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/REMOVEDATA" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${UnData}
  ${EndIf}
FunctionEnd

Function un.onUninstFailed
  SetErrorLevel ${CODE_FAILED}
FunctionEnd
