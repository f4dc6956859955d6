; Sets the id of a shortcut by which Windows groups windows, pins and start entries. The program sets
; the same id at its start. CreateShortcut cannot do this, so the System plug-in of NSIS is used.
!include "LogicLib.nsh"
!include "Win\COM.nsh"
!include "Win\Propkey.nsh"

!define STGM_READWRITE_ 2

; $0 the shortcut, $1 its file, $2 its properties; 0 if one is not available.
!macro OpenShortcut LINK
  StrCpy $1 0
  StrCpy $2 0
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P<> 0
    ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
    ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
    ${If} $1 P<> 0
      ${IPersistFile::Load} $1 '("${LINK}", ${STGM_READWRITE_})'
    ${EndIf}
  ${EndIf}
!macroend

!macro SetShortcutId ID
  ${If} $2 P<> 0
    System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r3'
    System::Call '*(&w128 "${ID}")p.r4'
    ; A PROPVARIANT by hand: the layout of NSIS has no space for a 64-bit pointer.
    System::Call '*(&i2 ${VT_LPWSTR}, &i6 0, p r4, p 0)p.r5'
    ${IPropertyStore::SetValue} $2 '($3,$5)'
    ${IPropertyStore::Commit} $2 ""
    System::Free $3
    System::Free $4
    System::Free $5
  ${EndIf}
!macroend

!macro SaveShortcut LINK
  ${If} $1 P<> 0
    ${IPersistFile::Save} $1 '("${LINK}",1)'
  ${EndIf}
  !insertmacro ComHlpr_SafeReleaseAndNull $2
  !insertmacro ComHlpr_SafeReleaseAndNull $1
  !insertmacro ComHlpr_SafeReleaseAndNull $0
!macroend
