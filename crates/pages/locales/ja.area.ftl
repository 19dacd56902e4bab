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
