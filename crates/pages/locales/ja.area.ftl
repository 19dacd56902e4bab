# What pages of every area say: the console, and others like it.

area-any = すべて
area-forbidden = この操作はできません
area-forbidden-more = 権限 { $permission } が必要です。運用者とその権限はレルムの設定ファイルにあります。
area-changed = ほかの人が先に変更しました
area-changed-more = 開いた後に変更されています。何も保存されていません。現在の内容を確認して、もう一度お試しください。
area-late = ページを開いてから時間が経ちすぎたため、何も実行されていません。
area-logged-in = 途中で再度のサインインが必要になったため、まだ何も実行されていません。
area-filled-in = 入力した内容は元どおり表示されています。確認して、もう一度送信してください。パスワードとコードは保持されません。
area-conflict = 今はできません
area-bad = この指定は使えません
area-missing = ここには何もありません
area-missing-more = そのページはないか、表示していたものがなくなりました。

## Where an address is

area-place-city = { $country }、{ $city }
area-place-here = このサーバーが動いているコンピューター
area-place-private = プライベートネットワーク

## What is wrong with a value

area-wrong-empty = 入力してください。
area-wrong-long = 長すぎます。
area-wrong-taken = この名前はすでに使われています。別の名前を選んでください。
area-wrong-id = 使えるのは英数字、ハイフン、アンダースコア、ピリオドだけです。
area-wrong-password = 8 文字以上、1024 バイト以下にしてください。
area-wrong-user = この名前でログインするユーザーはいません。表記を確かめてください。
area-wrong-member = すでにメンバーです。
area-wrong-none = 権限を 1 つ以上選んでください。
area-wrong-tenant = 対象のテナントを選んでください。
area-wrong-not-there = 有効で、ユーザーが所属しているテナントを選んでください。
area-wrong-hook = 公開ホストの通常のポートの https アドレスを入力してください。
area-wrong-events = イベントを 1 つ以上選んでください。
area-wrong-reason = 理由を書いてください。開発者が読みます。
area-wrong-redirects = 1 つ以上入力してください。ユーザーはそこへ戻ります。
area-wrong-invisible = 見えない文字や、書字方向を変える文字を取り除いてください。
area-wrong-absolute = リダイレクト URI は https:// のようなスキームから始めてください。
area-wrong-fragment = フラグメント(# 以降)を取り除いてください。
area-wrong-wildcard = リダイレクト URI を省略せずに書いてください。星印は使えません。
area-wrong-http = http が使えるのは localhost、127.0.0.1、[::1] だけです。https を使ってください。
area-wrong-scheme = com.example.app:/callback のように、自分のドメイン名を逆順にして始めてください。
area-wrong-native = このようなスキームはネイティブアプリ用です。https を使ってください。
area-wrong-has-members = このテナントにはまだメンバーがいます。先に削除してください。
area-wrong-has-accounts = このテナントにはまだサービスアカウントがあります。先に削除してください。
area-wrong-number = { $least } から { $most } までの整数を入力してください。
