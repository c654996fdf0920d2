public enum EddyFilesPlaceholder {}
