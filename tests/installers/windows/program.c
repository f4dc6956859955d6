/* Replaces the program in tests of the installer: writes its command line and the effects of its
   manifest to C:\started.txt, one fact a line, in UTF-8. With --wait it runs until C:\end exists.
   With --keep-keys it first stores keys as the real program does with keyring. */
#include <windows.h>
#include <shellapi.h>
#include <wincred.h>
#include <stdio.h>

static void line(FILE *file, const WCHAR *text)
{
    char bytes[4096];
    WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
    fprintf(file, "%s\n", bytes);
}

/* The secrets of the account, the proxy, and another program. */
static WCHAR *const targets[] = {L"runcomfy-desktop",
                                 L"https://api.runcomfy.net@runcomfy-desktop",
                                 L"proxy me http://proxy.example.org:3128@runcomfy-desktop",
                                 L"me@runcomfy-desktop.example.org"};
enum { OURS = 3, ALL = 4 };

static int keep_key(WCHAR *target)
{
    CREDENTIALW key = {.Type = CRED_TYPE_GENERIC, .TargetName = target, .UserName = L"somebody"};
    key.CredentialBlob = (BYTE *)"key";
    key.CredentialBlobSize = 3;
    key.Persist = CRED_PERSIST_ENTERPRISE;
    return CredWriteW(&key, 0);
}

static int has_key(WCHAR *target)
{
    CREDENTIALW *key = NULL;
    int found = CredReadW(target, CRED_TYPE_GENERIC, 0, &key);
    if (found)
        CredFree(key);
    return found;
}

int WINAPI WinMain(HINSTANCE instance, HINSTANCE before, LPSTR words, int show)
{
    int count = 0, waits = 0, keys = 0;
    LPWSTR *arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    FILE *file = fopen("C:\\started.tmp", "wb");
    if (!file)
        return 1;
    for (int i = 1; i < count; i++) {
        fprintf(file, "argument ");
        line(file, arguments[i]);
        waits |= !wcscmp(arguments[i], L"--wait");
        if (!wcscmp(arguments[i], L"--keep-keys"))
            for (int each = 0; each < ALL; each++)
                if (!keep_key(targets[each]))
                    return 1;
    }
    for (int each = 0; each < OURS; each++)
        keys += has_key(targets[each]);
    fprintf(file, "keys %d and %d\n", keys, has_key(targets[OURS]));
    fprintf(file, "code page %u\n", GetACP());
    fprintf(file, "per monitor v2 %d\n",
            AreDpiAwarenessContextsEqual(GetThreadDpiAwarenessContext(),
                                         DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2));
    fclose(file);
    MoveFileExA("C:\\started.tmp", "C:\\started.txt", MOVEFILE_REPLACE_EXISTING);
    while (waits && GetFileAttributesA("C:\\end") == INVALID_FILE_ATTRIBUTES)
        Sleep(50);
    return 0;
}
