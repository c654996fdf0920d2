public enum EddyNNPlaceholder {}
