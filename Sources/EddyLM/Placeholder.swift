public enum EddyLMPlaceholder {}
